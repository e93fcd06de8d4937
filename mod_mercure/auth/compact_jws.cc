#include "auth/compact_jws.h"

#include <algorithm>
#include <utility>

#include "auth/base64url.h"

namespace mercure::auth {
namespace {

tl::expected<Json, std::string> readPart(std::string_view part, const char* what) {
  const auto text = decodeBase64url(part);
  if (!text) return tl::unexpected(std::string("the token's ") + what + " is not base64url without padding");
  return readJsonObject(*text).map_error(
      [what](const std::string& error) { return std::string("the token's ") + what + ' ' + error; });
}

}  // namespace

tl::expected<Json, std::string> CompactJws::readHeader(std::string_view token) {
  if (token.size() > kMaxTokenSize) {
    return tl::unexpected("the token has " + std::to_string(token.size()) + " bytes, at most " +
                          std::to_string(kMaxTokenSize) + " are read");
  }
  const auto dots = std::count(token.begin(), token.end(), '.');
  if (dots != 2) {
    return tl::unexpected("the token has " + std::to_string(dots + 1) +
                          " parts, a JWT has three, with a dot between each");
  }
  return readPart(token.substr(0, token.find('.')), "header");
}

tl::expected<CompactJws, std::string> CompactJws::read(std::string_view token) {
  auto header = readHeader(token);
  if (!header) return tl::unexpected(std::move(header).error());
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  auto claims = readPart(token.substr(first + 1, last - first - 1), "claims part");
  if (!claims) return tl::unexpected(std::move(claims).error());
  auto signature = decodeBase64url(token.substr(last + 1));
  if (!signature)
    return tl::unexpected<std::string>("the token's signature is not base64url without padding");

  return CompactJws{token, token.substr(0, last), std::move(*header), std::move(*claims),
                    std::move(*signature)};
}

}  // namespace mercure::auth
