#include "httpd/server_config.h"

#include <algorithm>
#include <memory>

#include "httpd/directives.h"

namespace mercure::httpd {
namespace {

ServerConfig* makeIn(apr_pool_t* pool) {
  auto* config = std::construct_at(static_cast<ServerConfig*>(apr_palloc(pool, sizeof(ServerConfig))));
  apr_pool_cleanup_register(
      pool, config,
      [](void* data) {
        static_cast<ServerConfig*>(data)->~ServerConfig();
        return static_cast<apr_status_t>(APR_SUCCESS);
      },
      apr_pool_cleanup_null);
  return config;
}

template <class Value>
void inherit(std::optional<Value>& own, const std::optional<Value>& added, const std::optional<Value>& base) {
  own = added ? added : base;
}

}  // namespace

ServerConfig& configOf(const server_rec* server) noexcept {
  return *static_cast<ServerConfig*>(ap_get_module_config(server->module_config, &mercure_module));
}

std::vector<server_rec*> serversInOrder(server_rec* mainServer) {
  std::vector<server_rec*> servers;
  for (server_rec* server = mainServer; server != nullptr; server = server->next) servers.push_back(server);
  std::reverse(servers.begin() + 1, servers.end());
  return servers;
}

std::vector<const KeySources*> keySourcesOf(const ServerConfig& config) {
  std::vector<const KeySources*> all{&config.publishers, &config.subscribers};
  for (const IssuerConfig& issuer : config.issuers)
    all.insert(all.end(), {&issuer.publishers, &issuer.subscribers});
  return all;
}

}  // namespace mercure::httpd

using mercure::httpd::ServerConfig;

void* mercure_create_server_config(apr_pool_t* pool, server_rec*) {
  return mercure::httpd::makeIn(pool);
}

void* mercure_merge_server_config(apr_pool_t* pool, void* baseConfig, void* addedConfig) {
  using mercure::httpd::inherit;
  const auto& base = *static_cast<const ServerConfig*>(baseConfig);
  const auto& added = *static_cast<const ServerConfig*>(addedConfig);
  ServerConfig& merged = *mercure::httpd::makeIn(pool);

  merged.on = added.on;
  merged.hub = added.hub;
  merged.hasServerName = added.hasServerName;
  merged.hasTls = added.hasTls;
  merged.publishers = added.publishers;
  merged.subscribers = added.subscribers;
  merged.issuers = added.issuers;
  merged.resourceIdentifier = added.resourceIdentifier;
  merged.publicOrigins = added.publicOrigins;
  merged.anonymous = added.anonymous;
  merged.corsOrigins = added.corsOrigins;
  merged.publishOrigins = added.publishOrigins;

  inherit(merged.path, added.path, base.path);
  inherit(merged.protocol, added.protocol, base.protocol);
  inherit(merged.cookieName, added.cookieName, base.cookieName);
  inherit(merged.oldCookie, added.oldCookie, base.oldCookie);
  inherit(merged.newCookie, added.newCookie, base.newCookie);
  inherit(merged.keySetsFromPrivateAddresses, added.keySetsFromPrivateAddresses,
          base.keySetsFromPrivateAddresses);
  inherit(merged.requireTls, added.requireTls, base.requireTls);
  inherit(merged.heartbeat, added.heartbeat, base.heartbeat);
  inherit(merged.maxStreamDuration, added.maxStreamDuration, base.maxStreamDuration);
  inherit(merged.sendTimeout, added.sendTimeout, base.sendTimeout);
  inherit(merged.sendBuffer, added.sendBuffer, base.sendBuffer);
  inherit(merged.maxSubscribers, added.maxSubscribers, base.maxSubscribers);
  inherit(merged.maxSubscribersPerClient, added.maxSubscribersPerClient, base.maxSubscribersPerClient);
  inherit(merged.overload, added.overload, base.overload);
  inherit(merged.maxThreadedStreams, added.maxThreadedStreams, base.maxThreadedStreams);
  inherit(merged.maxUpdateSize, added.maxUpdateSize, base.maxUpdateSize);
  inherit(merged.maxTopics, added.maxTopics, base.maxTopics);
  inherit(merged.maxSelectors, added.maxSelectors, base.maxSelectors);
  inherit(merged.maxMatchers, added.maxMatchers, base.maxMatchers);
  inherit(merged.maxMatcherLength, added.maxMatcherLength, base.maxMatcherLength);
  inherit(merged.logSize, added.logSize, base.logSize);
  inherit(merged.history, added.history, base.history);
  inherit(merged.historySize, added.historySize, base.historySize);
  inherit(merged.historyCount, added.historyCount, base.historyCount);
  inherit(merged.historyAge, added.historyAge, base.historyAge);
  inherit(merged.historySync, added.historySync, base.historySync);
  inherit(merged.streamNotices, added.streamNotices, base.streamNotices);
  inherit(merged.dispatchers, added.dispatchers, base.dispatchers);
  inherit(merged.maxKeepers, added.maxKeepers, base.maxKeepers);
  return &merged;
}
