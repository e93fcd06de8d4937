#include "protocol/url_host.h"

#include <algorithm>

#include "protocol/ascii.h"
#include "protocol/idna.h"
#include "protocol/ipv4.h"
#include "protocol/ipv6.h"
#include "protocol/percent_encoding.h"
#include "protocol/url_encode_sets.h"

namespace mercure::protocol {

namespace {

bool isForbiddenInHost(char c) noexcept {
  constexpr std::string_view kForbidden("\0\t\n\r #/:<>?@[\\]^|", 17);
  return kForbidden.find(c) != std::string_view::npos;
}

bool isForbiddenInDomain(char c) noexcept {
  return isForbiddenInHost(c) || (c >= 0 && c < 0x20) || c == '%' || c == 0x7F;
}

bool isAscii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string percentDecode(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const auto byte = decodeTriplet(text);
    decoded += byte.value_or(text[0]);
    text.remove_prefix(byte ? 3 : 1);
  }
  return decoded;
}

std::string toLower(std::string text) noexcept {
  std::ranges::transform(text, text.begin(), toAsciiLower);
  return text;
}

// The domain parser (https://url.spec.whatwg.org/#concept-domain-to-ascii), not strict. What is ASCII already
// stays as it is, whatever its "xn--" labels hold: sites exist whose names are no valid Punycode.
std::optional<std::string> parseDomain(std::string domain) {
  std::optional<std::string> ascii =
      isAscii(domain) ? std::optional(toLower(std::move(domain))) : domainToAscii(domain);
  if (!ascii || ascii->empty() || std::ranges::any_of(*ascii, isForbiddenInDomain)) return std::nullopt;
  return ascii;
}

std::optional<std::string> parseDomainOrIpv4(std::string_view text) {
  std::optional<std::string> domain = parseDomain(percentDecode(text));
  if (!domain || !endsInNumber(*domain)) return domain;
  const auto address = parseIpv4(*domain);
  return address ? std::optional(serializeIpv4(*address)) : std::nullopt;
}

std::optional<std::string> parseBracketed(std::string_view text) {
  if (!text.ends_with(']')) return std::nullopt;
  const auto address = parseIpv6(text.substr(1, text.size() - 2));
  return address ? std::optional('[' + serializeIpv6(*address) + ']') : std::nullopt;
}

std::optional<std::string> parseOpaque(std::string_view text) {
  if (std::ranges::any_of(text, isForbiddenInHost)) return std::nullopt;
  return encode(text, kC0ControlSet);
}

}  // namespace

std::optional<std::string> parseHost(std::string_view text, HostKind kind) {
  if (text.starts_with('[')) return parseBracketed(text);
  return kind == HostKind::Opaque ? parseOpaque(text) : parseDomainOrIpv4(text);
}

}  // namespace mercure::protocol
