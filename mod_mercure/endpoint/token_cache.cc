#include "endpoint/token_cache.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <openssl/evp.h>

namespace mercure::endpoint {

namespace {

/// What a kept token takes besides its selectors: the grant's own lists, the table's entry.
constexpr std::size_t kEach = 1024;

std::size_t memoryOf(const VerifiedToken& token) {
  std::size_t sum = kEach + token.grant.payload.size();
  for (const auto* list : {&token.grant.publish, &token.grant.subscribe})
    for (const std::string& selector : *list) sum += sizeof(std::string) + selector.size();
  for (const hub::Selector& selector : token.selectors) sum += selector->memory();
  return sum;
}

bool isValid(const auth::Grant& grant, std::span<const auth::Key> keys,
             std::chrono::system_clock::time_point now) {
  if (grant.expires && now >= *grant.expires) return false;
  if (grant.begins && now < *grant.begins) return false;
  return std::any_of(keys.begin(), keys.end(),
                     [&](const auth::Key& key) { return key.fingerprint() == grant.key; });
}

}  // namespace

TokenCache::TokenCache(std::size_t capacity) noexcept
    : capacity_(capacity), sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
}

void TokenCache::Release::operator()(evp_md_st* algorithm) const noexcept {
  EVP_MD_free(algorithm);
}

std::optional<TokenCache::Digest> TokenCache::digestOf(std::string_view text) const noexcept {
  Digest digest{};
  unsigned size = 0;
  if (sha256_ == nullptr ||
      EVP_Digest(text.data(), text.size(), digest.data(), &size, sha256_.get(), nullptr) != 1 ||
      size != digest.size())
    return std::nullopt;
  return digest;
}

std::size_t TokenCache::DigestHash::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

std::shared_ptr<const VerifiedToken> TokenCache::find(std::string_view text, std::span<const auth::Key> keys,
                                                      std::chrono::system_clock::time_point now) {
  const auto digest = digestOf(text);
  if (!digest) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto recent = recent_.tokens.find(*digest);
  if (recent != recent_.tokens.end())
    return isValid(recent->second->grant, keys, now) ? recent->second : nullptr;
  const auto older = older_.tokens.find(*digest);
  if (older == older_.tokens.end() || !isValid(older->second->grant, keys, now)) return nullptr;
  auto token = older->second;
  insert(*digest, token);
  return token;
}

void TokenCache::keep(std::string_view text, std::shared_ptr<const VerifiedToken> token) {
  const auto digest = digestOf(text);
  if (!digest || memoryOf(*token) > capacity_ / 4) return;
  const std::lock_guard lock(mutex_);
  insert(*digest, std::move(token));
}

std::size_t TokenCache::memory() const {
  const std::lock_guard lock(mutex_);
  return recent_.memory + older_.memory;
}

/// The mutex is held.
void TokenCache::insert(const Digest& digest, std::shared_ptr<const VerifiedToken> token) {
  const std::size_t charge = memoryOf(*token);
  if (recent_.memory + charge > capacity_ / 2) older_ = std::exchange(recent_, {});
  const auto [place, isNew] = recent_.tokens.try_emplace(digest);
  if (!isNew) recent_.memory -= memoryOf(*place->second);
  place->second = std::move(token);
  recent_.memory += charge;
}

}  // namespace mercure::endpoint
