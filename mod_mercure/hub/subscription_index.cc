#include "hub/subscription_index.h"

#include <algorithm>

namespace mercure::hub {

namespace {

bool isExact(const protocol::TopicMatcher& matcher) {
  return matcher.kind() == protocol::TopicMatcher::Kind::Exact;
}

}  // namespace

struct SubscriptionIndex::Update {
  std::span<const std::string> topics;
  std::size_t comparisons = 0;
};

void SubscriptionIndex::add(Subscriber& subscriber, std::span<const Matcher> wishes,
                            std::span<const Matcher> rights) {
  subscriber.lastRound_ = 0;
  try {
    subscriber.wishes_.reserve(wishes.size());
    subscriber.rights_.reserve(rights.size());
    for (const Matcher& wish : wishes) addWish(subscriber, wish);
    for (const Matcher& right : rights) addRight(subscriber, right);
  } catch (...) {
    detach(subscriber);
    throw;
  }
  ++size_;
}

SubscriptionIndex::Matchers SubscriptionIndex::matchersOf(const Subscriber& subscriber) {
  Matchers matchers;
  matchers.wishes.reserve(subscriber.wishes_.size());
  matchers.rights.reserve(subscriber.rights_.size());
  for (const auto& wish : subscriber.wishes_) matchers.wishes.push_back(wish.node->matcher);
  for (const MatcherNode* const right : subscriber.rights_) matchers.rights.push_back(right->matcher);
  return matchers;
}

void SubscriptionIndex::remove(Subscriber& subscriber) noexcept {
  if (subscriber.wishes_.empty()) return;
  detach(subscriber);
  --size_;
}

void SubscriptionIndex::detach(Subscriber& subscriber) noexcept {
  for (const auto& [node, place] : subscriber.wishes_) {
    const MatcherNode::Member last = node->members.back();
    last.subscriber->wishes_[last.wish].place = place;
    node->members[place] = last;
    node->members.pop_back();
    tidy(*node);
  }
  for (MatcherNode* const node : subscriber.rights_) {
    --node->rightHolders;
    tidy(*node);
  }
  std::vector<Subscriber::Wish>().swap(subscriber.wishes_);
  std::vector<MatcherNode*>().swap(subscriber.rights_);
}

MatcherNode& SubscriptionIndex::nodeOf(const Matcher& matcher) {
  MatcherNode& node = isExact(*matcher) ? exact_[matcher->text()] : compiled_[matcher.get()];
  // A new node holds this very matcher, which its key is a view of.
  if (node.matcher == nullptr) node.matcher = matcher;
  return node;
}

void SubscriptionIndex::addWish(Subscriber& subscriber, const Matcher& matcher) {
  MatcherNode& node = nodeOf(matcher);
  const bool askedTwice = !node.members.empty() && node.members.back().subscriber == &subscriber;
  if (askedTwice) return;
  try {
    indexPrefix(node);
    const auto wish = static_cast<std::uint32_t>(subscriber.wishes_.size());
    node.members.push_back({&subscriber, wish});
  } catch (...) {
    tidy(node);
    throw;
  }
  subscriber.wishes_.push_back({&node, static_cast<std::uint32_t>(node.members.size() - 1)});
}

void SubscriptionIndex::addRight(Subscriber& subscriber, const Matcher& matcher) {
  MatcherNode& node = nodeOf(matcher);
  ++node.rightHolders;
  subscriber.rights_.push_back(&node);
}

void SubscriptionIndex::indexPrefix(MatcherNode& node) {
  if (node.prefixIndexed || isExact(*node.matcher)) return;
  const std::string_view prefix = node.matcher->literalPrefix();
  auto& length = prefixLengths_[prefix.size()];
  auto& patterns = patterns_[std::string(prefix)];
  patterns.push_back(&node);
  if (patterns.size() == 1) ++length;
  node.prefixIndexed = true;
}

void SubscriptionIndex::unindexPrefix(MatcherNode& node) noexcept {
  if (!node.prefixIndexed) return;
  node.prefixIndexed = false;
  const auto patterns = patterns_.find(node.matcher->literalPrefix());
  std::erase(patterns->second, &node);
  if (!patterns->second.empty()) return;
  const auto length = prefixLengths_.find(patterns->first.size());
  if (--length->second == 0) prefixLengths_.erase(length);
  patterns_.erase(patterns);
}

void SubscriptionIndex::tidy(MatcherNode& node) noexcept {
  if (!node.members.empty()) return;
  unindexPrefix(node);
  if (node.rightHolders > 0) return;
  // Not by the key itself, which goes with the node that it is in.
  if (isExact(*node.matcher))
    exact_.erase(exact_.find(node.matcher->text()));
  else
    compiled_.erase(compiled_.find(node.matcher.get()));
}

std::size_t SubscriptionIndex::match(std::span<const std::string> topics, bool isPrivate,
                                     std::vector<Subscriber*>& found) {
  ++round_;
  Update update{.topics = topics};
  collectMatching(update);
  for (const MatcherNode* const node : matching_) {
    for (const auto& [subscriber, wish] : node->members) {
      if (subscriber->lastRound_ == round_) continue;
      subscriber->lastRound_ = round_;
      if (!isPrivate || mayRead(*subscriber, update)) found.push_back(subscriber);
    }
  }
  return update.comparisons;
}

void SubscriptionIndex::collectMatching(Update& update) {
  matching_.clear();
  const auto add = [this](MatcherNode& node) {
    if (!node.members.empty()) matching_.push_back(&node);
  };
  for (const std::string& topic : update.topics) {
    ++update.comparisons;
    if (const auto equal = exact_.find(topic); equal != exact_.end() && equal->second.judgedIn != round_) {
      equal->second.judgedIn = round_;
      equal->second.matched = true;
      add(equal->second);
    }
    for (const auto& [length, patterns] : prefixLengths_) {
      if (length > topic.size()) break;
      const auto candidates = patterns_.find(std::string_view(topic).substr(0, length));
      if (candidates == patterns_.end()) continue;
      for (MatcherNode* const candidate : candidates->second)
        if (candidate->judgedIn != round_ && covers(*candidate, update)) add(*candidate);
    }
  }
}

bool SubscriptionIndex::covers(MatcherNode& node, Update& update) const {
  if (node.judgedIn == round_) return node.matched;
  node.judgedIn = round_;
  // An exact one that covers a topic has been found by its text before any other question comes up.
  node.matched = false;
  if (isExact(*node.matcher)) return false;
  ++update.comparisons;
  node.matched = std::ranges::any_of(
      update.topics, [&node](const std::string& topic) { return node.matcher->matches(topic); });
  return node.matched;
}

bool SubscriptionIndex::mayRead(const Subscriber& subscriber, Update& update) const {
  return std::ranges::any_of(subscriber.rights_, [&](MatcherNode* right) { return covers(*right, update); });
}

}  // namespace mercure::hub
