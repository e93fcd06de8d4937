#include "protocol/url.h"

#include <algorithm>
#include <iterator>

namespace mercure::protocol {

namespace {

struct SpecialScheme {
  std::string_view name;
  std::optional<std::uint16_t> port;
};

constexpr SpecialScheme kSpecialSchemes[] = {
    {"ftp", 21}, {"file", std::nullopt}, {"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443},
};

const SpecialScheme* findSpecial(std::string_view scheme) noexcept {
  const auto* const found = std::ranges::find(kSpecialSchemes, scheme, &SpecialScheme::name);
  return found == std::end(kSpecialSchemes) ? nullptr : found;
}

void appendAuthority(std::string& output, const Url& url) {
  output += "//";
  if (!url.username.empty() || !url.password.empty()) {
    output += url.username;
    if (!url.password.empty()) output.append(":").append(url.password);
    output += '@';
  }
  output += *url.host;
  if (url.port) output.append(":").append(std::to_string(*url.port));
}

}  // namespace

bool isSpecialScheme(std::string_view scheme) noexcept {
  return findSpecial(scheme) != nullptr;
}

std::optional<std::uint16_t> defaultPort(std::string_view scheme) noexcept {
  const SpecialScheme* const special = findSpecial(scheme);
  return special != nullptr ? special->port : std::nullopt;
}

bool Url::isSpecial() const noexcept {
  return isSpecialScheme(scheme);
}

std::string Url::href() const {
  std::string output = scheme + ':';
  if (host) {
    appendAuthority(output, *this);
  } else if (!hasOpaquePath && path.starts_with("//")) {
    output += "/.";  // or the path would read as a host
  }
  output += path;
  if (query) output.append("?").append(*query);
  if (fragment) output.append("#").append(*fragment);
  return output;
}

}  // namespace mercure::protocol
