#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/keyed_hash.h"
#include "hub/matcher_cache.h"
#include "hub/prefix_index.h"
#include "protocol/topic_reading.h"
#include "protocol/url.h"

namespace mercure::hub {

class Subscriber;

/// A distinct matcher: who subscribes with it, how many hold it as a right, and what it said last.
struct MatcherNode {
  struct Member {
    Subscriber* subscriber;
    std::uint32_t wish;  ///< which of its wishes this is
  };

  Matcher matcher;
  std::vector<Member> members;
  std::uint32_t rightHolders = 0;
  bool prefixIndexed = false;
  bool matched = false;        ///< the update of `judgedIn`
  std::uint64_t judgedIn = 0;  ///< an update's round
};

/// A stream as a SubscriptionIndex knows it, in at most one index at a time.
class Subscriber {
 public:
  Subscriber() = default;
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  [[nodiscard]] bool isIndexed() const noexcept { return !wishes_.empty(); }

 protected:
  ~Subscriber() = default;

 private:
  friend class SubscriptionIndex;
  struct Wish {
    MatcherNode* node;
    std::uint32_t place;  // among the node's members
  };
  std::vector<Wish> wishes_;
  std::vector<MatcherNode*> rights_;
  std::uint64_t lastRound_ = 0;
};

/// Finds the subscribers of an update: exact topics by one hash look-up a topic, templates and URL patterns
/// by what every topic of theirs, or the path of it, begins with, so that hardly any that does not match is
/// compared. A matcher that many share is compared once per update. One thread at a time.
class SubscriptionIndex {
 public:
  /// `subscriber` wants what one of `wishes` (at least one) matches; of the private updates, those that one
  /// of `rights` matches as well. It must be in no index, and be removed before it goes. May throw
  /// std::bad_alloc, and has then changed nothing.
  void add(Subscriber& subscriber, std::span<const Matcher> wishes, std::span<const Matcher> rights);

  /// The matchers that `subscriber` is in with. May throw std::bad_alloc.
  struct Matchers {
    std::vector<Matcher> wishes;
    std::vector<Matcher> rights;
  };
  [[nodiscard]] static Matchers matchersOf(const Subscriber& subscriber);

  /// Nothing happens when it is in no index.
  void remove(Subscriber& subscriber) noexcept;

  /// Appends to `found` each subscriber of an update on `topics`, once. How many comparisons it took: one for
  /// the look-up of each topic and one for each template or pattern compared. May throw std::bad_alloc.
  std::size_t match(std::span<const std::string> topics, bool isPrivate, std::vector<Subscriber*>& found);

  /// How many subscribers are in it.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  MatcherNode& nodeOf(const Matcher& matcher);
  void addWish(Subscriber& subscriber, const Matcher& matcher);
  void addRight(Subscriber& subscriber, const Matcher& matcher);
  void indexPrefix(MatcherNode& node);
  void unindexPrefix(MatcherNode& node) noexcept;
  void tidy(MatcherNode& node) noexcept;
  void detach(Subscriber& subscriber) noexcept;
  void collectMatching();
  void collectEqual(std::string_view topic);
  void collectCovering(const PrefixIndex& candidates, std::string_view text);
  [[nodiscard]] bool covers(MatcherNode& node);
  [[nodiscard]] bool mayRead(const Subscriber& subscriber);

  // Keys of the former are their matchers' own texts. The latter are known by what they are, for a selector
  // and a pattern of one text are two; a MatcherCache makes equal ones the same.
  std::unordered_map<std::string_view, MatcherNode, KeyedHash> exact_;
  std::unordered_map<const protocol::TopicMatcher*, MatcherNode> compiled_;
  PrefixIndex selectors_;
  // For each base of relative topics, which one may read as different URLs. By the path that URLs begin with.
  std::map<std::optional<protocol::Url>, PrefixIndex> urlPatterns_;
  std::size_t size_ = 0;

  // Of the update that is being matched; the vectors are kept for their storage.
  std::uint64_t round_ = 0;
  std::vector<protocol::TopicReading> topics_;
  std::vector<MatcherNode*> matching_;
  std::size_t comparisons_ = 0;
};

}  // namespace mercure::hub
