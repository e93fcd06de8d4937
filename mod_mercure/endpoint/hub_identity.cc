#include "endpoint/hub_identity.h"

#include <fnmatch.h>

#include <algorithm>

#include "endpoint/origin.h"
#include "protocol/url.h"

namespace mercure::endpoint {

namespace {

constexpr std::string_view kWellKnown = "/.well-known/oauth-protected-resource";

bool isHttp(const protocol::Url& url) {
  return url.scheme == "https" || url.scheme == "http";
}

/// scheme://host[:port], the URL's path and the rest left out.
std::string originText(const protocol::Url& url) {
  std::string origin = url.scheme + "://" + url.host.value_or("");
  if (url.port) origin += ":" + std::to_string(*url.port);
  return origin;
}

tl::expected<protocol::Url, std::string> readHttpUrl(std::string_view text) {
  const auto url = protocol::parseUrl(text);
  if (!url || !isHttp(*url) || url->host.value_or("").empty())
    return tl::unexpected(
        std::string("is not an absolute URL with a host; expected https:// (or http://) and a host"));
  if (url->fragment || url->query || !url->username.empty() || !url->password.empty())
    return tl::unexpected(std::string("has a user, a query or a fragment; expected none of them"));
  return *url;
}

}  // namespace

bool HubIdentity::includes(std::string_view identifier) const {
  if (!configured.empty()) return identifier == configured;
  if (!identifier.ends_with(path)) return false;
  const auto origin = identifier.substr(0, identifier.size() - path.size());
  if (publicOrigins.empty()) return isOwnOrigin(origin);
  return std::ranges::find(publicOrigins, origin) != publicOrigins.end();
}

/// By its canonical spelling alone: identifiers are compared as strings (RFC 9068, section 4).
bool HubIdentity::isOwnOrigin(std::string_view origin) const {
  const auto read = protocol::parseUrl(origin);
  if (!read || !isHttp(*read) || originText(*read) != origin) return false;
  if (read->port && std::ranges::find(ports, *read->port) == ports.end()) return false;
  return std::ranges::any_of(names, [&](const std::string& name) {
    return fnmatch(name.c_str(), read->host->c_str(), FNM_NOESCAPE) == 0;
  });
}

bool HubIdentity::isMisdirected(const Request& request) const {
  if (publicOrigins.empty()) return false;
  const std::string own = request.ownOrigin();
  return std::ranges::none_of(publicOrigins,
                              [&](const std::string& origin) { return isSameOrigin(origin, own); });
}

std::string HubIdentity::resourceFor(const Request& request) const {
  if (!configured.empty()) return configured;
  std::string own = request.ownOrigin() + path;
  return includes(own) ? own : url;
}

std::string HubIdentity::metadataUrlFor(const Request& request) const {
  const auto resource = protocol::parseUrl(resourceFor(request));
  return resource ? originText(*resource) + metadataPath : std::string();
}

bool HubIdentity::isMetadataPath(std::string_view requested) const {
  return requested.starts_with(kWellKnown) &&
         (requested == metadataPath || requested == metadataPathOf(path));
}

std::string metadataPathOf(std::string_view hubPath) {
  // A lone slash is left out there.
  return std::string(kWellKnown).append(hubPath == "/" ? "" : hubPath);
}

std::string metadataPathOfIdentifier(std::string_view identifier) {
  const auto url = protocol::parseUrl(identifier);
  return url ? metadataPathOf(url->path) : std::string();
}

tl::expected<std::string, std::string> readResourceIdentifier(std::string_view text) {
  return readHttpUrl(text).and_then([&](const protocol::Url& url) -> tl::expected<std::string, std::string> {
    if (url.href() == text) return std::string(text);
    return tl::unexpected("is not the way that URL is spelled; expected " + url.href());
  });
}

tl::expected<std::string, std::string> readPublicOrigin(std::string_view text) {
  return readHttpUrl(text).and_then([](const protocol::Url& url) -> tl::expected<std::string, std::string> {
    if (url.host->find_first_of("*,") == std::string::npos) return originText(url);
    return tl::unexpected(std::string("is more than one URL; expected each by itself, with a blank between"));
  });
}

}  // namespace mercure::endpoint
