#include "protocol/reserved_topic.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "protocol/ascii.h"
#include "protocol/percent_encoding.h"
#include "protocol/url.h"

namespace mercure::protocol {

namespace {

bool isUnreserved(char c) {
  return isAsciiAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// One spelling for all paths that mean the same (RFC 3986, section 6.2.2).
std::string normalise(std::string_view path) {
  std::string normal;
  for (std::size_t at = 0; at < path.size(); ++at) {
    const auto byte = decodeTriplet(path.substr(at));
    if (!byte) {
      normal += path[at];
    } else if (isUnreserved(*byte)) {
      normal += *byte;
      at += 2;
    } else {
      for (const char c : path.substr(at, 3))
        normal += c >= 'a' && c <= 'f' ? static_cast<char>(c - 0x20) : c;
      at += 2;
    }
  }
  return normal;
}

// Any hub's URL will do, for scheme and host do not matter, except that a URL without slashes is relative
// when its scheme is the hub's own, which may be either.
constexpr std::array<std::string_view, 2> kOrigins{"https://hub.invalid", "http://hub.invalid"};

/// `reserved`: the hub's path, normalised.
bool resolvesBelow(std::string_view topic, std::string_view basePath, std::string_view reserved) {
  return std::ranges::any_of(kOrigins, [&](std::string_view origin) {
    const auto base = parseUrl(std::string(origin).append(basePath));
    const auto url = base ? parseUrl(topic, &*base) : base;
    if (!url || url->hasOpaquePath) return false;
    const std::string path = normalise(url->path);
    return path.starts_with(reserved) && (path.size() == reserved.size() || path[reserved.size()] == '/');
  });
}

/// As deep as the hub's path, but in some directory, and nowhere the same.
std::string elsewhere(std::string_view hubPath) {
  std::string path = hubPath.rfind('/') == 0 ? "/-" : "";
  for (const char c : hubPath) path.append(1, c).append(c == '/' ? "-" : "");
  return path;
}

}  // namespace

bool isReservedTopic(std::string_view topic, std::string_view hubPath, Generation generation) {
  const auto hub = parseUrl(std::string(kOrigins.front()).append(hubPath));
  if (!hub) return false;
  const std::string reserved = normalise(hub->path);
  if (!resolvesBelow(topic, hubPath, reserved)) return false;
  // What reaches the path from somewhere else as well has spelled it.
  return generation == Generation::V1 || resolvesBelow(topic, elsewhere(hubPath), reserved);
}

}  // namespace mercure::protocol
