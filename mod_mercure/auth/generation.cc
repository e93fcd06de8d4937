#include "auth/generation.h"

#include <string_view>

#include "protocol/ascii.h"

namespace mercure::auth {
namespace {

/// RFC 9068, section 2.1.
bool isAccessToken(const json_t& header) {
  const json_t* const type = memberOf(header, "typ");
  if (!json_is_string(type)) return false;
  const std::string_view text = textOf(*type);
  return protocol::equalsIgnoringCase(text, "at+jwt") ||
         protocol::equalsIgnoringCase(text, "application/at+jwt");
}

}  // namespace

tl::expected<Generation, TokenError> generationOf(const CompactJws& jws, Protocol served) {
  if (served == Protocol::V0) return Generation::V0;
  if (isAccessToken(*jws.header)) return Generation::V1;
  if (served == Protocol::Any) return Generation::V0;
  return tl::unexpected(TokenError{
      TokenFault::WrongType, "the token's typ is not at+jwt, and MercureProtocol 1.0 takes no other token"});
}

std::optional<Generation> generationByHeader(std::string_view token) {
  const auto header = CompactJws::readHeader(token);
  if (!header) return std::nullopt;
  return isAccessToken(**header) ? Generation::V1 : Generation::V0;
}

}  // namespace mercure::auth
