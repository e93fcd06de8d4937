// A line with a base, and a text that is read relative to it: what is read, and written, reads the same.
#include "protocol/url.h"

#include <algorithm>
#include <tuple>

#include "target.h"

namespace mercure::fuzz {

namespace {

using protocol::Url;

bool isSame(const Url& one, const Url& other) {
  const auto parts = [](const Url& url) {
    return std::tie(url.scheme, url.username, url.password, url.host, url.port, url.path, url.hasOpaquePath,
                    url.query, url.fragment);
  };
  return parts(one) == parts(other);
}

bool isAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void checkRecord(const Url& url, const Url* base) {
  const std::string href = url.href();
  require(isAscii(href), "a URL is ASCII");
  const auto again = protocol::parseUrl(href);
  require(again && isSame(*again, url), "its text reads as the same URL");
  const auto relative = protocol::parseUrl(href, base);
  require(relative && isSame(*relative, url), "it does so whatever the base");
  require(!url.isSpecial() || !url.hasOpaquePath, "a special URL's path is no opaque one");
  require(!url.isSpecial() || url.scheme == "file" || (url.host && !url.host->empty()), "it has a host");
  require(!url.port || url.port != protocol::defaultPort(url.scheme), "its port is not its scheme's own");
}

}  // namespace

void tryInput(std::string_view input) {
  const auto [first, rest] = splitLine(input);
  const auto base = protocol::parseUrl(first);
  if (base) checkRecord(*base, nullptr);
  const Url* const basis = base ? &*base : nullptr;
  if (const auto url = protocol::parseUrl(rest, basis)) checkRecord(*url, basis);
}

}  // namespace mercure::fuzz
