#include "protocol/url_components.h"

#include <algorithm>

#include "protocol/ascii.h"
#include "protocol/url.h"
#include "protocol/url_encode_sets.h"
#include "protocol/url_host.h"
#include "protocol/url_path.h"
#include "protocol/url_steps.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

// The standard sets each component in this URL, so its scheme decides how the component is read.
constexpr std::string_view kDummyUrl = "://dummy.invalid/";
constexpr std::string_view kDummyScheme = "https";
constexpr PathRules kDummyRules{.isSpecial = true, .isFile = false};

std::string encodeCredential(std::string_view value) {
  return encode(replaceBrokenUtf8(std::string(value)), kUserinfoSet);
}

}  // namespace

std::optional<std::string> canonicalizeProtocol(std::string_view value) {
  if (value.empty()) return "";
  auto url = parseUrl(std::string(value).append(kDummyUrl));
  return url ? std::optional(std::move(url->scheme)) : std::nullopt;
}

std::string canonicalizeUsername(std::string_view value) {
  return encodeCredential(value);
}

std::string canonicalizePassword(std::string_view value) {
  return encodeCredential(value);
}

std::optional<std::string> canonicalizeHostname(std::string_view value) {
  if (value.empty()) return "";
  const std::string input = readUrlInput(value);
  // A port fails with the host, since no domain may hold a colon.
  return parseHost(std::string_view(input).substr(0, input.find_first_of("/\\?#")), HostKind::Domain);
}

std::optional<std::string> canonicalizeIpv6Hostname(std::string_view value) {
  const auto isKnown = [](char c) { return isAsciiHexDigit(c) || c == '[' || c == ']' || c == ':'; };
  if (!std::ranges::all_of(value, isKnown)) return std::nullopt;
  std::string lower(value);
  std::ranges::transform(lower, lower.begin(), toAsciiLower);
  return lower;
}

std::optional<std::string> canonicalizePort(std::string_view value,
                                            std::optional<std::string_view> protocol) {
  if (value.empty()) return "";
  const std::string input = readUrlInput(value);
  const auto port = parsePortNumber(std::string_view(input).substr(0, input.find_first_not_of("0123456789")));
  if (!port) return std::nullopt;
  return port == defaultPort(protocol.value_or(kDummyScheme)) ? "" : std::to_string(*port);
}

std::optional<std::string> canonicalizePathname(std::string_view value) {
  if (value.empty()) return "";
  if (value.starts_with('/')) {
    std::string path;
    appendPath(path, readUrlInput(value), kDummyRules);
    return path;
  }
  // Behind this a leading dot is part of a segment, and no slash is put in front.
  constexpr std::string_view kPrefix = "/-";
  std::string path;
  appendPath(path, std::string(kPrefix).append(readUrlInput(value)), kDummyRules);
  return path.erase(0, kPrefix.size());
}

std::optional<std::string> canonicalizeOpaquePathname(std::string_view value) {
  return readOpaquePath(readUrlInput(value));
}

std::optional<std::string> canonicalizeSearch(std::string_view value) {
  return encode(readUrlInput(value), kSpecialQuerySet);
}

std::optional<std::string> canonicalizeHash(std::string_view value) {
  return encode(readUrlInput(value), kFragmentSet);
}

}  // namespace mercure::protocol
