#include "auth/claims.h"

#include <cmath>
#include <utility>

namespace mercure::auth {
namespace {

using Clock = std::chrono::system_clock;
using std::chrono::floor;
using std::chrono::seconds;

template <typename T>
using Read = tl::expected<T, TokenError>;

constexpr auto kClockLimit =
    static_cast<double>(std::chrono::duration_cast<seconds>(Clock::duration::max()).count());

tl::unexpected<TokenError> invalid(std::string explanation) {
  return tl::unexpected(TokenError{TokenFault::InvalidClaims, std::move(explanation)});
}

/// A NumericDate (RFC 7519, section 2): seconds since 1970, whole or not. Here a null is not absence: a token
/// that was meant to end would never do so.
Read<std::optional<Clock::time_point>> readTime(const json_t& claims, const char* name) {
  const json_t* const value = json_object_get(&claims, name);
  if (value == nullptr) return std::nullopt;
  if (!json_is_number(value)) return invalid("the claim " + std::string(name) + " is not a number");
  const double time = json_number_value(value);
  if (!(std::abs(time) < kClockLimit)) {
    return invalid("the claim " + std::string(name) +
                   " is beyond the clock's range; seconds since 1970 are expected, up to the year 2262");
  }
  const double whole = std::floor(time);
  const std::chrono::duration<double> fraction(time - whole);
  return Clock::time_point(seconds(static_cast<seconds::rep>(whole)) +
                           std::chrono::duration_cast<Clock::duration>(fraction));
}

/// Counted in seconds, for the difference between two times in range may itself be out of range.
std::string secondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::to_string((floor<seconds>(to) - floor<seconds>(from)).count()) + " s";
}

Read<std::vector<std::string>> readSelectors(const json_t& mercure, const char* name) {
  std::vector<std::string> selectors;
  const json_t* const list = memberOf(mercure, name);
  if (list == nullptr) return selectors;

  const std::string what = "the Mercure claim's " + std::string(name);
  if (!json_is_array(list)) return invalid(what + " is not an array");
  const std::size_t size = json_array_size(list);
  if (size > kMaxGrantedSelectors) {
    return invalid(what + " has " + std::to_string(size) + " selectors, at most " +
                   std::to_string(kMaxGrantedSelectors) + " are allowed");
  }
  selectors.reserve(size);
  for (std::size_t index = 0; index < size; ++index) {
    const json_t* const selector = json_array_get(list, index);
    if (!json_is_string(selector)) return invalid(what + '[' + std::to_string(index) + "] is not a string");
    selectors.emplace_back(textOf(*selector));
  }
  return selectors;
}

}  // namespace

Read<Lifetime> readLifetime(const json_t& claims, Clock::time_point now) {
  auto expires = readTime(claims, "exp");
  if (!expires) return tl::unexpected(std::move(expires).error());
  auto begins = readTime(claims, "nbf");
  if (!begins) return tl::unexpected(std::move(begins).error());

  if (*expires && now >= **expires) {
    return tl::unexpected(TokenError{TokenFault::Expired,
                                     "the token expired " + secondsBetween(**expires, now) + " ago (exp)"});
  }
  if (*begins && now < **begins) {
    return tl::unexpected(TokenError{
        TokenFault::NotYetValid, "the token becomes valid in " + secondsBetween(now, **begins) + " (nbf)"});
  }
  // It decides nothing, so it need not be right.
  return Lifetime{readTime(claims, "iat").value_or(std::nullopt), *begins, *expires};
}

Read<Grant> readGrant(const json_t& claims) {
  const json_t* mercure = memberOf(claims, "https://mercure.rocks/");
  if (mercure == nullptr) mercure = memberOf(claims, "mercure");
  if (mercure == nullptr) return Grant{};
  if (!json_is_object(mercure)) return invalid("the Mercure claim is not an object");

  auto publish = readSelectors(*mercure, "publish");
  if (!publish) return tl::unexpected(std::move(publish).error());
  auto subscribe = readSelectors(*mercure, "subscribe");
  if (!subscribe) return tl::unexpected(std::move(subscribe).error());

  Grant grant;
  grant.publish = std::move(*publish);
  grant.subscribe = std::move(*subscribe);
  if (const json_t* const payload = memberOf(*mercure, "payload")) grant.payload = compactTextOf(*payload);
  return grant;
}

}  // namespace mercure::auth
