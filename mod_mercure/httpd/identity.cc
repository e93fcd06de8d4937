#include "httpd/identity.h"

#include <strings.h>

#include <algorithm>
#include <set>

#include "endpoint/ascii.h"

namespace mercure::httpd {
namespace {

using endpoint::lowerCase;

void addNames(const apr_array_header_t* aliases, std::vector<std::string>& names) {
  if (aliases == nullptr) return;
  for (int i = 0; i < aliases->nelts; ++i)
    if (const char* name = APR_ARRAY_IDX(aliases, i, const char*)) names.push_back(lowerCase(name));
}

/// Where a browser finds the virtual host. Something in front that ends TLS is at https's own port.
std::uint16_t publicPort(const server_rec& server, const ServerConfig& config) {
  if (server.port != 0) return server.port;
  if (!config.hasTls && hasHttpsOutside(server, config)) return 443;
  return server.addrs != nullptr ? server.addrs->host_port : 0;
}

std::string urlOf(const server_rec& server, const ServerConfig& config, const std::string& path) {
  const bool isHttps = hasHttpsOutside(server, config);
  const std::uint16_t port = publicPort(server, config);
  std::string url = std::string(isHttps ? "https" : "http") + "://" + lowerCase(server.server_hostname);
  if (port != 0 && port != (isHttps ? 443 : 80)) url += ":" + std::to_string(port);
  return url + path;
}

/// What one hub's virtual hosts add up to.
class Names {
 public:
  void add(const server_rec& server, const ServerConfig& config) {
    const endpoint::Settings& settings = config.site->settings;
    if (!config.hasServerName) return;
    names_.push_back(lowerCase(server.server_hostname));
    addNames(server.names, names_);
    addNames(server.wild_names, names_);
    for (const server_addr_rec* each = server.addrs; each != nullptr; each = each->next)
      ports_.insert(each->host_port);
    ports_.insert(server.port);
    const bool isBetter = !hasTls_ && hasHttpsOutside(server, config);
    if (url_.empty() || isBetter) url_ = urlOf(server, config, settings.path);
    hasTls_ = hasTls_ || isBetter;
  }

  void give(const ServerConfig& config) const {
    endpoint::Settings& settings = config.site->settings;
    endpoint::HubIdentity& identity = settings.identity;
    identity.path = settings.path;
    identity.configured = config.resourceIdentifier.value_or("");
    identity.metadataPath = config.resourceIdentifier
                                ? endpoint::metadataPathOfIdentifier(identity.configured)
                                : endpoint::metadataPathOf(settings.path);
    identity.publicOrigins = config.publicOrigins;
    identity.names = names_;
    identity.ports.assign(ports_.begin(), ports_.end());
    if (!identity.configured.empty())
      identity.url = identity.configured;
    else if (!config.publicOrigins.empty())
      identity.url = config.publicOrigins.front() + settings.path;
    else if (!url_.empty())
      identity.url = url_;
  }

 private:
  std::vector<std::string> names_;
  std::set<std::uint16_t> ports_;
  std::string url_;
  bool hasTls_ = false;
};

}  // namespace

bool hasHttpsOutside(const server_rec& server, const ServerConfig& config) {
  return config.hasTls || (server.server_scheme != nullptr && strcasecmp(server.server_scheme, "https") == 0);
}

void nameHubs(server_rec* mainServer) {
  const auto servers = serversInOrder(mainServer);
  for (const server_rec* server : servers) {
    const ServerConfig& config = configOf(server);
    if (!config.site) continue;
    Names names;
    for (const server_rec* other : servers)
      if (const ServerConfig& each = configOf(other); each.site && each.site->hubName == config.site->hubName)
        names.add(*other, each);
    names.give(config);
  }
}

}  // namespace mercure::httpd
