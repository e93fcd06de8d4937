#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "endpoint/origin.h"
#include "httpd/key_source.h"
#include "httpd/module.h"
#include "httpd/site.h"

namespace mercure::httpd {

/// What the directives of one server or virtual host say, before anything is resolved.
struct ServerConfig {
  // Who is let in, and into what: each virtual host's own, never inherited.
  std::optional<bool> on;
  std::optional<std::string> hub;
  bool hasServerName = false;  ///< as directives that stand beside `Mercure On`
  bool hasTls = false;
  std::vector<KeySource> publisherKeys;
  std::vector<KeySource> subscriberKeys;
  std::optional<bool> anonymous;
  endpoint::OriginList corsOrigins;
  endpoint::OriginList publishOrigins;

  // Inherited from the main server.
  std::optional<std::string> path;
  std::optional<std::string> cookieName;
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
};

/// The configuration of `server`; it lives until httpd reads its configuration again.
[[nodiscard]] ServerConfig& configOf(const server_rec* server) noexcept;

/// The main server and its virtual hosts, in the order of the configuration, which httpd's own list reverses.
[[nodiscard]] std::vector<server_rec*> serversInOrder(server_rec* mainServer);

}  // namespace mercure::httpd
