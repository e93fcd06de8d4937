#include "hub/matcher_cache.h"

#include <new>
#include <utility>

#include "hub/keyed_hash.h"

namespace mercure::hub {

namespace {

MatcherRefusal outOfMemory() {
  return {MatcherRefusal::Reason::OutOfMemory, {}};
}

MatcherRefusal refusalOf(protocol::MatcherError error) {
  const bool isInvalid = error.fault == protocol::MatcherFault::Invalid;
  return {isInvalid ? MatcherRefusal::Reason::Invalid : MatcherRefusal::Reason::TooComplex,
          std::move(error.explanation)};
}

/// One key for all that is read alike: without a brace a selector is an exact topic, and `*` is `*`.
std::string keyOf(protocol::MatcherType type, std::string_view text, std::string_view hubUrl) {
  using protocol::MatcherType;
  std::string key = "exact ";
  if (type == MatcherType::UrlPattern && text != "*")
    key = std::string("pattern ").append(hubUrl).append(" ");
  else if (type == MatcherType::Selector && text.find('{') != std::string_view::npos)
    key = "template ";
  return key.append(text);
}

}  // namespace

/// What all users of the cache and of its matchers share.
struct MatcherCache::Shared {
  /// A matcher that leaves the cache when its last user lets go.
  struct Held {
    Held(std::shared_ptr<Shared> cacheOfIt, std::string keyOfIt, protocol::TopicMatcher compiled)
        : cache(std::move(cacheOfIt)), key(std::move(keyOfIt)), matcher(std::move(compiled)) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { cache->forget(*this); }

    const std::shared_ptr<Shared> cache;
    const std::string key;
    const protocol::TopicMatcher matcher;
  };

  struct Entry {
    std::weak_ptr<const Held> held;
    const Held* identity;
    std::size_t memory;
  };

  explicit Shared(std::size_t bytes) : capacity(bytes) {}

  [[nodiscard]] Matcher find(std::string_view key) const;
  [[nodiscard]] tl::expected<Matcher, MatcherRefusal> insert(const std::shared_ptr<const Held>& held);
  void forget(const Held& held) noexcept;

  const std::size_t capacity;
  mutable std::mutex mutex;
  std::unordered_map<std::string_view, Entry, KeyedHash> entries;  // a key lives in its matcher's Held
  std::size_t memory = 0;

 private:
  [[nodiscard]] Matcher use(std::string_view key) const;
};

Matcher MatcherCache::Shared::use(std::string_view key) const {
  const auto found = entries.find(key);
  if (found == entries.end()) return nullptr;
  const auto held = found->second.held.lock();
  if (held == nullptr) return nullptr;
  return {held, &held->matcher};
}

Matcher MatcherCache::Shared::find(std::string_view key) const {
  const std::lock_guard lock(mutex);
  return use(key);
}

tl::expected<Matcher, MatcherRefusal> MatcherCache::Shared::insert(const std::shared_ptr<const Held>& held) {
  const std::size_t charge = held->key.size() + held->matcher.memory();
  const std::lock_guard lock(mutex);
  if (auto madeMeanwhile = use(held->key)) return madeMeanwhile;
  if (const auto dying = entries.find(held->key); dying != entries.end()) {
    memory -= dying->second.memory;
    entries.erase(dying);
  }
  if (charge > capacity - memory) return tl::unexpected(outOfMemory());
  entries.emplace(held->key, Entry{held, held.get(), charge});
  memory += charge;
  return Matcher(held, &held->matcher);
}

void MatcherCache::Shared::forget(const Held& held) noexcept {
  const std::lock_guard lock(mutex);
  const auto found = entries.find(held.key);
  // Another may stand there: one that was refused was never in, and a dying one may have been replaced.
  if (found == entries.end() || found->second.identity != &held) return;
  memory -= found->second.memory;
  entries.erase(found);
}

MatcherCache::MatcherCache(std::size_t capacity) : shared_(std::make_shared<Shared>(capacity)) {
}

MatcherCache::~MatcherCache() = default;

tl::expected<Matcher, MatcherRefusal> MatcherCache::get(protocol::MatcherType type, std::string_view text,
                                                        std::string_view hubUrl) {
  try {
    std::string key = keyOf(type, text, hubUrl);
    if (auto known = shared_->find(key)) return known;
    // Outside the lock: compiling a pattern takes its time.
    auto compiled = protocol::TopicMatcher::compile(type, text, hubUrl);
    if (!compiled) return tl::unexpected(refusalOf(std::move(compiled.error())));
    const auto held = std::make_shared<const Shared::Held>(shared_, std::move(key), std::move(*compiled));
    return shared_->insert(held);
  } catch (const std::bad_alloc&) {
    return tl::unexpected(outOfMemory());
  }
}

std::size_t MatcherCache::memory() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->memory;
}

std::size_t MatcherCache::size() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->entries.size();
}

}  // namespace mercure::hub
