#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authenticate.h"
#include "auth/compact_jws.h"
#include "auth/generation.h"

#include <CppUTest/TestHarness.h>

/// Reads and judges tokens as a hub does.
namespace mercure::auth::test {

using Clock = std::chrono::system_clock;
using Outcome = tl::expected<Grant, TokenError>;

inline constexpr Clock::time_point kNow{std::chrono::seconds{1'700'000'000}};

inline std::vector<IdentifiedKey> unnamed(std::span<const Key> keys) {
  std::vector<IdentifiedKey> identified;
  for (const Key& key : keys) identified.push_back({key, std::nullopt});
  return identified;
}

inline Outcome authenticate(std::string_view token, std::span<const IdentifiedKey> keys,
                            Clock::time_point now = kNow) {
  const auto jws = CompactJws::read(token);
  if (!jws) return tl::unexpected(TokenError{TokenFault::Malformed, jws.error()});
  return auth::authenticate(*jws, keys, now);
}

inline Outcome authenticate(std::string_view token, std::span<const Key> keys, Clock::time_point now = kNow) {
  return authenticate(token, unnamed(keys), now);
}

/// The one audience of the tests' hub.
class OneAudience : public Audience {
 public:
  [[nodiscard]] bool includes(std::string_view identifier) const override {
    return identifier == "https://hub.example/.well-known/mercure";
  }
};

inline Outcome authenticateAccessToken(std::string_view token, std::span<const Issuer> issuers,
                                       Clock::time_point now = kNow) {
  const auto jws = CompactJws::read(token);
  if (!jws) return tl::unexpected(TokenError{TokenFault::Malformed, jws.error()});
  return auth::authenticateAccessToken(*jws, issuers, OneAudience(), now);
}

inline void checkFault(TokenFault fault, const char* explanation, const Outcome& outcome,
                       const std::string& what) {
  CHECK_FALSE_TEXT(outcome.has_value(), what.c_str());
  STRCMP_CONTAINS_TEXT(explanation, outcome.error().explanation.c_str(), what.c_str());
  CHECK_TEXT(outcome.error().fault == fault, what.c_str());
}

}  // namespace mercure::auth::test
