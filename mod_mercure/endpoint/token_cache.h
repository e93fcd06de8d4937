#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "endpoint/verified_token.h"

struct evp_md_st;

namespace mercure::endpoint {

/// Tokens of one role that this process has verified lately: publishers send the same one again and again.
/// Knows them by a digest, not by their text. Bounded in memory: what has not been used for the longest time
/// goes first. Any thread.
class TokenCache {
 public:
  explicit TokenCache(std::size_t capacity = kCapacity) noexcept;

  /// The token as it was kept, if it was under this very stamp and is valid at `now`.
  [[nodiscard]] std::shared_ptr<const VerifiedToken> find(std::string_view text, std::uint64_t stamp,
                                                          std::chrono::system_clock::time_point now);

  /// Keeps a token that has just been verified with the keys of `stamp` (see freshen()); one that would take
  /// more than a fourth of the memory is not kept.
  void keep(std::string_view text, std::uint64_t stamp, std::shared_ptr<const VerifiedToken> token);

  /// Bytes charged at the moment, at most the capacity.
  [[nodiscard]] std::size_t memory() const;

 private:
  static constexpr std::size_t kCapacity = 4UL << 20U;

  using Digest = std::array<std::uint8_t, 32>;
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept;
  };
  struct Kept {
    std::uint64_t stamp = 0;
    std::shared_ptr<const VerifiedToken> token;
  };
  /// What came into use in about the same time.
  struct Generation {
    std::unordered_map<Digest, Kept, DigestHash> tokens;
    std::size_t memory = 0;
  };

  [[nodiscard]] std::optional<Digest> digestOf(std::string_view text) const noexcept;
  void insert(const Digest& digest, Kept kept);

  struct Release {
    void operator()(evp_md_st* algorithm) const noexcept;
  };

  const std::size_t capacity_;
  const std::unique_ptr<evp_md_st, Release> sha256_;  // OpenSSL would look it up anew each time
  mutable std::mutex mutex_;
  Generation recent_;
  Generation older_;  // goes when recent_ has taken half of the capacity
};

}  // namespace mercure::endpoint
