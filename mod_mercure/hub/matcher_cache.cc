#include "hub/selector_cache.h"

#include <new>
#include <utility>

#include "hub/keyed_hash.h"

namespace mercure::hub {

/// What all users of the cache and of its selectors share.
struct SelectorCache::Shared {
  /// A selector that leaves the cache when its last user lets go.
  struct Held {
    Held(std::shared_ptr<Shared> cacheOfIt, protocol::TopicSelector compiled)
        : cache(std::move(cacheOfIt)), selector(std::move(compiled)) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { cache->forget(*this); }

    const std::shared_ptr<Shared> cache;
    const protocol::TopicSelector selector;
  };

  struct Entry {
    std::weak_ptr<const Held> held;
    const Held* identity;
    std::size_t memory;
  };

  explicit Shared(std::size_t bytes) : capacity(bytes) {}

  [[nodiscard]] Selector find(std::string_view text) const;
  [[nodiscard]] tl::expected<Selector, SelectorRefusal> insert(const std::shared_ptr<const Held>& held);
  void forget(const Held& held) noexcept;

  const std::size_t capacity;
  mutable std::mutex mutex;
  std::unordered_map<std::string_view, Entry, KeyedHash> entries;  // a key is its selector's own text
  std::size_t memory = 0;

 private:
  [[nodiscard]] Selector use(std::string_view text) const;
};

Selector SelectorCache::Shared::use(std::string_view text) const {
  const auto found = entries.find(text);
  if (found == entries.end()) return nullptr;
  const auto held = found->second.held.lock();
  if (held == nullptr) return nullptr;
  return {held, &held->selector};
}

Selector SelectorCache::Shared::find(std::string_view text) const {
  const std::lock_guard lock(mutex);
  return use(text);
}

tl::expected<Selector, SelectorRefusal> SelectorCache::Shared::insert(
    const std::shared_ptr<const Held>& held) {
  const std::string_view text = held->selector.text();
  const std::size_t charge = held->selector.memory();
  const std::lock_guard lock(mutex);
  if (auto madeMeanwhile = use(text)) return madeMeanwhile;
  if (const auto dying = entries.find(text); dying != entries.end()) {
    memory -= dying->second.memory;
    entries.erase(dying);
  }
  if (charge > capacity - memory) return tl::unexpected(SelectorRefusal::OutOfMemory);
  entries.emplace(text, Entry{held, held.get(), charge});
  memory += charge;
  return Selector(held, &held->selector);
}

void SelectorCache::Shared::forget(const Held& held) noexcept {
  const std::lock_guard lock(mutex);
  const auto found = entries.find(held.selector.text());
  // Another may stand there: one that was refused was never in, and a dying one may have been replaced.
  if (found == entries.end() || found->second.identity != &held) return;
  memory -= found->second.memory;
  entries.erase(found);
}

SelectorCache::SelectorCache(std::size_t capacity) : shared_(std::make_shared<Shared>(capacity)) {
}

SelectorCache::~SelectorCache() = default;

tl::expected<Selector, SelectorRefusal> SelectorCache::get(std::string_view text) {
  try {
    if (auto known = shared_->find(text)) return known;
    // Outside the lock: compiling a template takes its time.
    auto compiled = protocol::TopicSelector::compile(text);
    if (!compiled) return tl::unexpected(SelectorRefusal::TooComplex);
    const auto held = std::make_shared<const Shared::Held>(shared_, std::move(*compiled));
    return shared_->insert(held);
  } catch (const std::bad_alloc&) {
    return tl::unexpected(SelectorRefusal::OutOfMemory);
  }
}

std::size_t SelectorCache::memory() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->memory;
}

std::size_t SelectorCache::size() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->entries.size();
}

}  // namespace mercure::hub
