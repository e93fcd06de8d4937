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

std::size_t memoryOf(const auth::Grant& grant) {
  std::size_t sum = grant.payload.size() + grant.issuer.size();
  for (const auto* list : {&grant.publish, &grant.subscribe})
    for (const std::string& selector : *list) sum += sizeof(std::string) + selector.size();
  for (const auth::AuthorizationDetail& detail : grant.details) {
    sum += sizeof(detail) + detail.payload.size();
    for (const protocol::MatcherText& matcher : detail.topics) sum += sizeof(matcher) + matcher.text.size();
  }
  return sum;
}

std::size_t memoryOf(const VerifiedToken& token) {
  std::size_t sum = kEach + memoryOf(token.grant);
  for (const hub::Matcher& matcher : token.matchers) sum += matcher->memory();
  return sum;
}

bool isValid(const auth::Grant& grant, std::chrono::system_clock::time_point now) {
  return !(grant.expires && now >= *grant.expires) && !(grant.begins && now < *grant.begins);
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

std::shared_ptr<const VerifiedToken> TokenCache::find(std::string_view text, std::uint64_t stamp,
                                                      std::chrono::system_clock::time_point now) {
  const auto digest = digestOf(text);
  if (!digest) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto recent = recent_.tokens.find(*digest);
  const bool isRecent = recent != recent_.tokens.end();
  const auto found = isRecent ? recent : older_.tokens.find(*digest);
  if (!isRecent && found == older_.tokens.end()) return nullptr;
  Kept kept = found->second;
  if (kept.stamp != stamp || !isValid(kept.token->grant, now)) return nullptr;
  if (!isRecent) insert(*digest, kept);
  return kept.token;
}

void TokenCache::keep(std::string_view text, std::uint64_t stamp,
                      std::shared_ptr<const VerifiedToken> token) {
  const auto digest = digestOf(text);
  if (!digest || memoryOf(*token) > capacity_ / 4) return;
  const std::lock_guard lock(mutex_);
  insert(*digest, {stamp, std::move(token)});
}

std::size_t TokenCache::memory() const {
  const std::lock_guard lock(mutex_);
  return recent_.memory + older_.memory;
}

/// The mutex is held.
void TokenCache::insert(const Digest& digest, Kept kept) {
  const std::size_t charge = memoryOf(*kept.token);
  if (recent_.memory + charge > capacity_ / 2) older_ = std::exchange(recent_, {});
  const auto [place, isNew] = recent_.tokens.try_emplace(digest);
  if (!isNew) recent_.memory -= memoryOf(*place->second.token);
  place->second = std::move(kept);
  recent_.memory += charge;
}

}  // namespace mercure::endpoint
