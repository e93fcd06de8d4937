#include "hub/subscription_index.h"

#include <algorithm>

#include "protocol/url_pattern.h"

namespace mercure::hub {

namespace {

bool isExact(const protocol::TopicMatcher& matcher) {
  return matcher.kind() == protocol::TopicMatcher::Kind::Exact;
}

}  // namespace

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
  if (const auto* const pattern = node.matcher->urlPattern())
    urlPatterns_[pattern->base()].add(pattern->pathPrefix(), node);
  else
    selectors_.add(node.matcher->literalPrefix(), node);
  node.prefixIndexed = true;
}

void SubscriptionIndex::unindexPrefix(MatcherNode& node) noexcept {
  if (!node.prefixIndexed) return;
  node.prefixIndexed = false;
  const auto* const pattern = node.matcher->urlPattern();
  if (pattern == nullptr) return selectors_.remove(node.matcher->literalPrefix(), node);
  const auto patterns = urlPatterns_.find(pattern->base());
  patterns->second.remove(pattern->pathPrefix(), node);
  if (patterns->second.isEmpty()) urlPatterns_.erase(patterns);
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
  comparisons_ = 0;
  topics_.clear();
  for (const std::string& topic : topics) topics_.emplace_back(topic);
  collectMatching();
  for (const MatcherNode* const node : matching_) {
    for (const auto& [subscriber, wish] : node->members) {
      if (subscriber->lastRound_ == round_) continue;
      subscriber->lastRound_ = round_;
      if (!isPrivate || mayRead(*subscriber)) found.push_back(subscriber);
    }
  }
  return comparisons_;
}

void SubscriptionIndex::collectMatching() {
  matching_.clear();
  for (const protocol::TopicReading& topic : topics_) {
    collectEqual(topic.text());
    collectCovering(selectors_, topic.text());
  }
  for (const auto& [base, patterns] : urlPatterns_) {
    for (protocol::TopicReading& topic : topics_)
      if (const auto* const url = topic.url(base ? &*base : nullptr)) collectCovering(patterns, url->path);
  }
}

void SubscriptionIndex::collectEqual(std::string_view topic) {
  ++comparisons_;
  const auto equal = exact_.find(topic);
  if (equal == exact_.end() || equal->second.judgedIn == round_) return;
  equal->second.judgedIn = round_;
  equal->second.matched = true;
  if (!equal->second.members.empty()) matching_.push_back(&equal->second);
}

void SubscriptionIndex::collectCovering(const PrefixIndex& candidates, std::string_view text) {
  candidates.visit(text, [this](MatcherNode& candidate) {
    if (candidate.judgedIn != round_ && covers(candidate)) matching_.push_back(&candidate);
  });
}

bool SubscriptionIndex::covers(MatcherNode& node) {
  if (node.judgedIn == round_) return node.matched;
  node.judgedIn = round_;
  // An exact one that covers a topic has been found by its text before any other question comes up.
  node.matched = false;
  if (isExact(*node.matcher)) return false;
  ++comparisons_;
  node.matched = std::ranges::any_of(
      topics_, [&node](protocol::TopicReading& topic) { return node.matcher->matches(topic); });
  return node.matched;
}

bool SubscriptionIndex::mayRead(const Subscriber& subscriber) {
  return std::ranges::any_of(subscriber.rights_, [this](MatcherNode* right) { return covers(*right); });
}

}  // namespace mercure::hub
