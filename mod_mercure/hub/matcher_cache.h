#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tl/expected.hpp>

#include "protocol/topic_matcher.h"

namespace mercure::hub {

using Matcher = std::shared_ptr<const protocol::TopicMatcher>;

struct MatcherRefusal {
  enum class Reason { Invalid, TooComplex, OutOfMemory };
  Reason reason;
  std::string explanation;  ///< one line for whoever wrote the matcher
};

/// The matchers in use in this process, each compiled once and shared: equal ones are the same object.
/// Forgets a matcher when its last user does. Bounded in memory. Any thread.
class MatcherCache {
 public:
  /// `capacity`: bytes that all matchers together may come to use (TopicMatcher::memory).
  explicit MatcherCache(std::size_t capacity);
  ~MatcherCache();
  MatcherCache(const MatcherCache&) = delete;
  MatcherCache& operator=(const MatcherCache&) = delete;

  /// See TopicMatcher::compile.
  [[nodiscard]] tl::expected<Matcher, MatcherRefusal> get(protocol::MatcherType type, std::string_view text,
                                                          std::string_view hubUrl);

  /// Bytes charged at the moment, and matchers held.
  [[nodiscard]] std::size_t memory() const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // outlived by matchers still in use elsewhere
};

}  // namespace mercure::hub
