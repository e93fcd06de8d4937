#include "auth/access_token.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "auth/excerpt.h"

namespace mercure::auth {
namespace {

tl::unexpected<TokenError> refuse(TokenFault fault, std::string explanation) {
  return tl::unexpected(TokenError{fault, std::move(explanation)});
}

}  // namespace

tl::expected<const Issuer*, TokenError> findIssuer(const json_t& claims, std::span<const Issuer> issuers) {
  const json_t* const claim = memberOf(claims, "iss");
  if (!json_is_string(claim)) {
    return refuse(TokenFault::UntrustedIssuer, "the token has no iss that is a string");
  }
  const std::string_view name = textOf(*claim);
  const auto issuer = std::find_if(issuers.begin(), issuers.end(),
                                   [name](const Issuer& trusted) { return trusted.name == name; });
  if (issuer != issuers.end()) return &*issuer;
  return refuse(TokenFault::UntrustedIssuer,
                "the token's iss names no issuer that is configured: " + quoted(name));
}

tl::expected<void, TokenError> checkAudience(const json_t& claims, const Audience& audience) {
  const json_t* const claim = memberOf(claims, "aud");
  if (claim == nullptr) return refuse(TokenFault::WrongAudience, "the token has no aud");
  const bool isList = json_is_array(claim);
  const std::size_t size = isList ? json_array_size(claim) : 1;
  if (size == 0) return refuse(TokenFault::WrongAudience, "the token's aud is empty");

  bool included = false;
  for (std::size_t index = 0; index < size; ++index) {
    const json_t* const entry = isList ? json_array_get(claim, index) : claim;
    if (!json_is_string(entry)) {
      return refuse(TokenFault::InvalidClaims, "the token's aud is neither a string nor an array of strings");
    }
    included = included || audience.includes(textOf(*entry));
  }
  if (included) return {};
  const std::string_view first = textOf(*(isList ? json_array_get(claim, 0) : claim));
  return refuse(TokenFault::WrongAudience,
                "the token's aud is not this hub but " + quoted(first) + (size > 1 ? " and others" : ""));
}

}  // namespace mercure::auth
