#include "hub/subscription_index.h"

#include <algorithm>

namespace mercure::hub {

struct SubscriptionIndex::Update {
  std::span<const std::string> topics;
  std::size_t comparisons = 0;
};

void SubscriptionIndex::add(Subscriber& subscriber, std::span<const Selector> wishes,
                            std::span<const Selector> rights) {
  subscriber.lastRound_ = 0;
  try {
    subscriber.wishes_.reserve(wishes.size());
    subscriber.rights_.reserve(rights.size());
    for (const Selector& wish : wishes) addWish(subscriber, wish);
    for (const Selector& right : rights) addRight(subscriber, right);
  } catch (...) {
    detach(subscriber);
    throw;
  }
  ++size_;
}

SubscriptionIndex::Selectors SubscriptionIndex::selectorsOf(const Subscriber& subscriber) {
  Selectors selectors;
  selectors.wishes.reserve(subscriber.wishes_.size());
  selectors.rights.reserve(subscriber.rights_.size());
  for (const auto& wish : subscriber.wishes_) selectors.wishes.push_back(wish.node->selector);
  for (const SelectorNode* const right : subscriber.rights_) selectors.rights.push_back(right->selector);
  return selectors;
}

void SubscriptionIndex::remove(Subscriber& subscriber) noexcept {
  if (subscriber.wishes_.empty()) return;
  detach(subscriber);
  --size_;
}

void SubscriptionIndex::detach(Subscriber& subscriber) noexcept {
  for (const auto& [node, place] : subscriber.wishes_) {
    const SelectorNode::Member last = node->members.back();
    last.subscriber->wishes_[last.wish].place = place;
    node->members[place] = last;
    node->members.pop_back();
    tidy(*node);
  }
  for (SelectorNode* const node : subscriber.rights_) {
    --node->rightHolders;
    tidy(*node);
  }
  std::vector<Subscriber::Wish>().swap(subscriber.wishes_);
  std::vector<SelectorNode*>().swap(subscriber.rights_);
}

SelectorNode& SubscriptionIndex::nodeOf(const Selector& selector) {
  SelectorNode& node = nodes_[selector->text()];
  // A new node holds this very selector, whose text its key is a view of.
  if (node.selector == nullptr) node.selector = selector;
  return node;
}

void SubscriptionIndex::addWish(Subscriber& subscriber, const Selector& selector) {
  SelectorNode& node = nodeOf(selector);
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

void SubscriptionIndex::addRight(Subscriber& subscriber, const Selector& selector) {
  SelectorNode& node = nodeOf(selector);
  ++node.rightHolders;
  subscriber.rights_.push_back(&node);
}

void SubscriptionIndex::indexPrefix(SelectorNode& node) {
  if (node.prefixIndexed || node.selector->kind() == protocol::TopicSelector::Kind::Exact) return;
  const std::string_view prefix = node.selector->literalPrefix();
  auto& length = prefixLengths_[prefix.size()];
  auto& patterns = patterns_[std::string(prefix)];
  patterns.push_back(&node);
  if (patterns.size() == 1) ++length;
  node.prefixIndexed = true;
}

void SubscriptionIndex::unindexPrefix(SelectorNode& node) noexcept {
  if (!node.prefixIndexed) return;
  node.prefixIndexed = false;
  const auto patterns = patterns_.find(node.selector->literalPrefix());
  std::erase(patterns->second, &node);
  if (!patterns->second.empty()) return;
  const auto length = prefixLengths_.find(patterns->first.size());
  if (--length->second == 0) prefixLengths_.erase(length);
  patterns_.erase(patterns);
}

void SubscriptionIndex::tidy(SelectorNode& node) noexcept {
  if (!node.members.empty()) return;
  unindexPrefix(node);
  if (node.rightHolders == 0) nodes_.erase(nodes_.find(node.selector->text()));
}

std::size_t SubscriptionIndex::match(std::span<const std::string> topics, bool isPrivate,
                                     std::vector<Subscriber*>& found) {
  ++round_;
  Update update{.topics = topics};
  collectMatching(update);
  for (const SelectorNode* const node : matching_) {
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
  const auto add = [this](SelectorNode& node) {
    if (!node.members.empty()) matching_.push_back(&node);
  };
  for (const std::string& topic : update.topics) {
    ++update.comparisons;
    // Equal texts match, whatever kind of selector it is (draft 07, "Topic Selectors").
    if (const auto equal = nodes_.find(topic); equal != nodes_.end() && equal->second.judgedIn != round_) {
      equal->second.judgedIn = round_;
      equal->second.matched = true;
      add(equal->second);
    }
    for (const auto& [length, patterns] : prefixLengths_) {
      if (length > topic.size()) break;
      const auto candidates = patterns_.find(std::string_view(topic).substr(0, length));
      if (candidates == patterns_.end()) continue;
      for (SelectorNode* const candidate : candidates->second)
        if (candidate->judgedIn != round_ && covers(*candidate, update)) add(*candidate);
    }
  }
}

bool SubscriptionIndex::covers(SelectorNode& node, Update& update) const {
  if (node.judgedIn == round_) return node.matched;
  node.judgedIn = round_;
  // An exact one that covers a topic has been found by its text before any other question comes up.
  node.matched = false;
  if (node.selector->kind() == protocol::TopicSelector::Kind::Exact) return false;
  ++update.comparisons;
  node.matched = std::ranges::any_of(
      update.topics, [&node](const std::string& topic) { return node.selector->matches(topic); });
  return node.matched;
}

bool SubscriptionIndex::mayRead(const Subscriber& subscriber, Update& update) const {
  return std::ranges::any_of(subscriber.rights_, [&](SelectorNode* right) { return covers(*right, update); });
}

}  // namespace mercure::hub
