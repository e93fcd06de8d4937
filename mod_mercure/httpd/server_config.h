#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "endpoint/origin.h"
#include "httpd/key_set_source.h"
#include "httpd/key_source.h"
#include "httpd/module.h"
#include "httpd/site.h"
#include "protocol/generation.h"

namespace mercure::httpd {

/// The keys that the directives name for one role.
struct KeySources {
  std::vector<KeySource> keys;
  std::vector<KeySetSource> sets;

  [[nodiscard]] bool empty() const noexcept { return keys.empty() && sets.empty(); }
};

/// An issuer of 1.0 tokens: a `<MercureIssuer>` section.
struct IssuerConfig {
  std::string name;
  KeySources publishers;
  KeySources subscribers;
  bool isAuthorizationServer = false;
};

/// What the directives of one server or virtual host say, before anything is resolved.
struct ServerConfig {
  // Who is let in, and into what: each virtual host's own, never inherited.
  std::optional<bool> on;
  std::optional<std::string> hub;
  bool hasServerName = false;  ///< as directives that stand beside `Mercure On`
  bool hasTls = false;
  KeySources publishers;  ///< outside every issuer
  KeySources subscribers;
  std::vector<IssuerConfig> issuers;
  std::optional<std::string> resourceIdentifier;
  std::vector<std::string> publicOrigins;
  std::optional<bool> anonymous;
  endpoint::OriginList corsOrigins;
  endpoint::OriginList publishOrigins;

  // Inherited from the main server.
  std::optional<std::string> path;
  std::optional<protocol::Protocol> protocol;
  std::optional<std::string> cookieName;  ///< of whichever generation is served, 0.x where both are
  std::optional<std::string> oldCookie;
  std::optional<std::string> newCookie;
  std::optional<bool> keySetsFromPrivateAddresses;
  std::optional<bool> requireTls;
  std::optional<std::chrono::milliseconds> heartbeat;
  std::optional<std::chrono::milliseconds> maxStreamDuration;
  std::optional<std::chrono::milliseconds> sendTimeout;
  std::optional<std::uint64_t> sendBuffer;
  std::optional<std::uint64_t> maxSubscribers;
  std::optional<std::uint64_t> maxSubscribersPerClient;
  std::optional<std::uint64_t> maxThreadedStreams;
  std::optional<endpoint::Overload> overload;
  std::optional<std::uint64_t> maxUpdateSize;
  std::optional<std::uint64_t> maxTopics;
  std::optional<std::uint64_t> maxSelectors;
  std::optional<std::uint64_t> maxMatchers;
  std::optional<std::uint64_t> maxMatcherLength;
  std::optional<std::uint64_t> logSize;
  std::optional<std::string> history;  ///< where the hubs have their directories; empty: nowhere
  std::optional<std::uint64_t> historySize;
  std::optional<std::uint64_t> historyCount;
  std::optional<std::chrono::milliseconds> historyAge;
  std::optional<bool> historySync;
  std::optional<bool> streamNotices;
  std::optional<std::uint64_t> dispatchers;
  std::optional<std::uint64_t> maxKeepers;

  /// The hub as it is served, once the whole configuration has been read; null where there is none.
  std::unique_ptr<Site> site;

  [[nodiscard]] bool hasKeysOutsideIssuers() const noexcept {
    return !publishers.empty() || !subscribers.empty();
  }
  [[nodiscard]] bool hasKeys() const noexcept { return hasKeysOutsideIssuers() || !issuers.empty(); }
};

/// Each role's sources outside every issuer, and those of each issuer. They live as long as `config`.
[[nodiscard]] std::vector<const KeySources*> keySourcesOf(const ServerConfig& config);

/// The configuration of `server`; it lives until httpd reads its configuration again.
[[nodiscard]] ServerConfig& configOf(const server_rec* server) noexcept;

/// The main server and its virtual hosts, in the order of the configuration, which httpd's own list reverses.
[[nodiscard]] std::vector<server_rec*> serversInOrder(server_rec* mainServer);

}  // namespace mercure::httpd
