#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "auth/authenticate.h"
#include "endpoint/request.h"
#include "protocol/reserved_topic.h"

namespace mercure::endpoint {

/// Under which names a hub is known, and so which tokens are made for it (draft 08, "Token Validation"). What
/// a request says of its host is never believed here: whoever holds a token for another hub of the same
/// issuer could name that one.
class HubIdentity final : public auth::Audience {
 public:
  /// The hub's URL as its pages know it: the base of relative patterns and topics.
  std::string url = "https://localhost/.well-known/mercure";
  /// MercureResourceIdentifier: then the only audience; or empty.
  std::string configured;
  /// MercurePublicURLs' origins: a request for another one is misdirected; empty: none is.
  std::vector<std::string> publicOrigins;
  /// ServerName and each ServerAlias of the virtual hosts that serve the hub, in lower case; `*` and `?` as
  /// httpd takes them.
  std::vector<std::string> names = {"localhost"};
  std::vector<std::uint16_t> ports;  ///< where those listen, besides the schemes' own ports
  std::string path{protocol::kDefaultHubPath};
  /// Where the hub describes itself: it belongs to the identifier, whose path may be another than the hub's.
  std::string metadataPath = "/.well-known/oauth-protected-resource/.well-known/mercure";

  /// Whether the hub describes itself at this path: at metadataPath, and at that of its own path, into which
  /// a proxy in front may have turned the identifier's.
  [[nodiscard]] bool isMetadataPath(std::string_view requested) const;

  /// Whether `identifier` names this hub: the configured identifier, or the hub's path at one of its public
  /// origins, or else at one of its names, at a port where it listens or the scheme's own.
  [[nodiscard]] bool includes(std::string_view identifier) const override;

  /// Whether the request was meant for another server (P1-ID-04).
  [[nodiscard]] bool isMisdirected(const Request& request) const;

  /// The identifier that the hub shows to whoever sent `request` (RFC 9728, "Protected Resource Metadata").
  [[nodiscard]] std::string resourceFor(const Request& request) const;

  /// Where the hub describes itself to whoever sent `request` (RFC 9728, section 3.1).
  [[nodiscard]] std::string metadataUrlFor(const Request& request) const;

 private:
  [[nodiscard]] bool isOwnOrigin(std::string_view origin) const;
};

/// The path of the document that describes the hub at `hubPath` (RFC 9728, section 3.1).
[[nodiscard]] std::string metadataPathOf(std::string_view hubPath);

/// The same of the hub with that identifier.
[[nodiscard]] std::string metadataPathOfIdentifier(std::string_view identifier);

/// A resource identifier as a directive gives it: an absolute URL with a host, in canonical spelling, without
/// user, password, query and fragment. The error says what was wrong and what is expected (P1-ID-03).
[[nodiscard]] tl::expected<std::string, std::string> readResourceIdentifier(std::string_view text);

/// A public URL as a directive gives it, its origin; the path may be left out, or be any.
[[nodiscard]] tl::expected<std::string, std::string> readPublicOrigin(std::string_view text);

}  // namespace mercure::endpoint
