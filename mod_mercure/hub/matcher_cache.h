#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tl/expected.hpp>

#include "protocol/topic_selector.h"

namespace mercure::hub {

using Selector = std::shared_ptr<const protocol::TopicSelector>;

enum class SelectorRefusal { TooComplex, OutOfMemory };

/// The selectors in use in this process, each compiled once and shared: equal texts give the same object.
/// Forgets a selector when its last user does. Bounded in memory. Any thread.
class SelectorCache {
 public:
  /// `capacity`: bytes that all selectors together may come to use (TopicSelector::memory).
  explicit SelectorCache(std::size_t capacity);
  ~SelectorCache();
  SelectorCache(const SelectorCache&) = delete;
  SelectorCache& operator=(const SelectorCache&) = delete;

  [[nodiscard]] tl::expected<Selector, SelectorRefusal> get(std::string_view text);

  /// Bytes charged at the moment, and selectors held.
  [[nodiscard]] std::size_t memory() const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // outlived by selectors still in use elsewhere
};

}  // namespace mercure::hub
