#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/keyed_hash.h"

namespace mercure::hub {

struct MatcherNode;

/// Finds the matchers that may cover a text by what every text of theirs begins with: one hash look-up for
/// each length that such a beginning has. One thread at a time.
class PrefixIndex {
 public:
  /// What is beyond is not looked at: with every length there is, a long text would cost the square of its
  /// own.
  static constexpr std::size_t kLongestPrefix = 512;

  /// `node` must not be in it yet, and be removed before it goes. May throw std::bad_alloc, and has then
  /// changed nothing.
  void add(std::string_view prefix, MatcherNode& node);

  /// `prefix`: what it was added with.
  void remove(std::string_view prefix, MatcherNode& node) noexcept;

  [[nodiscard]] bool isEmpty() const noexcept { return nodes_.empty(); }

  /// Calls `visit` with each node whose prefix `text` begins with, and perhaps with others whose prefix is a
  /// long one.
  template <typename Visit>
  void visit(std::string_view text, const Visit& visit) const {
    for (const auto& [length, prefixes] : lengths_) {
      if (length > text.size()) break;
      const auto candidates = nodes_.find(text.substr(0, length));
      if (candidates == nodes_.end()) continue;
      for (MatcherNode* const candidate : candidates->second) visit(*candidate);
    }
  }

 private:
  std::unordered_map<std::string, std::vector<MatcherNode*>, KeyedHash, std::equal_to<>> nodes_;
  std::map<std::size_t, std::size_t> lengths_;  // of the keys of nodes_, and how many have each
};

}  // namespace mercure::hub
