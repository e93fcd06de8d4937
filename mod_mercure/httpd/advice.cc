#include "httpd/advice.h"

#include <netdb.h>
#include <sys/resource.h>

#include <algorithm>
#include <string_view>

#include <ap_mpm.h>
#include <http_core.h>

#include "auth/private_address.h"
#include "httpd/identity.h"
#include "protocol/url.h"

namespace mercure::httpd {
namespace {

using Advice = std::vector<std::string>;

constexpr std::size_t kGoodSecret = 32;
constexpr std::size_t kFewDescriptors = 8192;  // Debian's own limit

constexpr std::string_view kHowToRaise =
    "; APACHE_ULIMIT_MAX_FILES='ulimit -n 65536' in /etc/apache2/envvars (Debian) or LimitNOFILE=65536 "
    "(systemd) raises it";

void adviseOnSecrets(const endpoint::KeyRing& ring, Advice& advice) {
  for (const auto& [key, id] : ring.keys)
    if (auth::isSymmetric(key.algorithm()) && key.size() < kGoodSecret)
      advice.push_back("a secret has only " + std::to_string(key.size()) +
                       " bytes, so tokens can be forged by trying; make one with: openssl rand -base64 32");
}

void adviseOnClearText(const server_rec& server, const ServerConfig& config, const Site& site,
                       Advice& advice) {
  // Key sets that are to be fetched are not among the settings yet.
  if (config.hasKeys() && !site.settings.requireTls && !hasHttpsOutside(server, config))
    advice.emplace_back(
        "tokens are accepted over clear text, where anybody on the way can read them; MercureRequireTLS On "
        "refuses them");
}

/// A name that stands for all names makes any hub's tokens this one's.
void adviseOnNames(const server_rec& server, const ServerConfig& config, Advice& advice) {
  if (config.issuers.empty() || config.resourceIdentifier || !config.publicOrigins.empty()) return;
  if (server.wild_names == nullptr) return;
  for (int i = 0; i < server.wild_names->nelts; ++i) {
    const std::string_view name = APR_ARRAY_IDX(server.wild_names, i, const char*);
    if (name.find_first_not_of("*?.") != std::string_view::npos) continue;
    advice.push_back("ServerAlias " + std::string(name) +
                     " makes the tokens that the issuers give for any other hub valid here; "
                     "MercureResourceIdentifier or MercurePublicURLs says which are meant");
  }
}

void adviseOnLiteralKeys(const ServerConfig& config, Advice& advice) {
  const bool anyLiteral = std::ranges::any_of(keySourcesOf(config), [](const KeySources* sources) {
    return std::ranges::any_of(sources->keys, &KeySource::isLiteral);
  });
  if (anyLiteral && ap_find_linked_module("mod_info.c") != nullptr)
    advice.emplace_back(
        "a key stands in the configuration itself, which mod_info shows to whoever may read its page; "
        "file:PATH or env:NAME keeps the key out of it");
}

/// By its own spelling: what a name leads to is seen when it is fetched.
bool isAtPrivateAddress(const KeySetSource& set) {
  const auto url = protocol::parseUrl(set.place());
  std::string host = url ? url->host.value_or("") : "";
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  const bool isPrivate = auth::isPrivateAddress(*found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return isPrivate;
}

void adviseOnKeySets(const KeySources& sources, const ServerConfig& config, Advice& advice) {
  if (config.keySetsFromPrivateAddresses.value_or(false)) return;  // they come from inside
  for (const KeySetSource& set : sources.sets) {
    if (!set.isRemote()) continue;
    if (isAtPrivateAddress(set))
      advice.push_back("the JWK Set of " + set.place() +
                       " is at a private address, so it is never fetched; MercureJWKSPrivateAddresses On "
                       "lets it be");
    if (set.place().starts_with("http:"))
      advice.push_back(
          "the JWK Set of " + set.place() +
          " comes over clear text, where anybody on the way can put in keys of their own; https:// "
          "prevents that");
  }
}

void adviseOnAuthorizationServers(const ServerConfig& config, Advice& advice) {
  for (const IssuerConfig& issuer : config.issuers)
    if (issuer.isAuthorizationServer && !issuer.name.starts_with("https://"))
      advice.push_back("MercureAuthorizationServer tells clients to get their tokens from \"" + issuer.name +
                       "\", which is no https:// URL where they could (RFC 8414)");
}

void adviseOnRequestsPerChild(Advice& advice) {
  int most = 0;
  if (ap_mpm_query(AP_MPMQ_MAX_REQUESTS_DAEMON, &most) != APR_SUCCESS || most <= 0) return;
  advice.push_back("MaxConnectionsPerChild is " + std::to_string(most) +
                   ": each child that ends leaves its streams to a keeper process, and beyond "
                   "MercureMaxKeepers the smallest keepers end theirs; MaxConnectionsPerChild 0 needs none");
}

bool speaksHttp2(const server_rec& server) {
  if (ap_find_linked_module("mod_http2.c") == nullptr) return false;
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(server.module_config));
  if (core == nullptr || core->protocols == nullptr) return false;
  for (int i = 0; i < core->protocols->nelts; ++i)
    if (std::string_view(APR_ARRAY_IDX(core->protocols, i, const char*)) == "h2") return true;
  return false;
}

void adviseOnHttp2(const server_rec& server, const ServerConfig& config, const Site& site, Advice& advice) {
  if (!config.hasTls || !speaksHttp2(server)) return;
  advice.push_back("Protocols lists h2: each stream that comes by HTTP/2 holds a thread, at most " +
                   std::to_string(site.maxThreadedStreams) +
                   " over the whole server (MercureMaxThreadedStreams), and slows the other requests of its "
                   "connection; give the hub a virtual host of its own with Protocols http/1.1");
}

void adviseOnOpenFiles(const Site& site, Advice& advice) {
  const auto [openFiles, streams] = capacity();
  int children = 1;
  ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &children);
  const auto most = static_cast<std::size_t>(std::max(children, 1)) * streams;
  if (openFiles < kFewDescriptors)
    advice.push_back("the limit of open files is only " + std::to_string(openFiles) +
                     ", so each child can hold " + std::to_string(streams) + " streams" +
                     std::string(kHowToRaise));
  else if (static_cast<std::size_t>(site.seats.streams) > most)
    advice.push_back("MercureMaxSubscribers is " + std::to_string(site.seats.streams) +
                     ", but all children can hold " + std::to_string(most) +
                     " streams, since their limit of open files is " + std::to_string(openFiles) +
                     std::string(kHowToRaise));
}

}  // namespace

Capacity capacity() noexcept {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const std::size_t reached = std::min<std::size_t>(files.rlim_max, kWantedDescriptors);
  // As the hand-over has it: the lower part is httpd's, at most half.
  return {files.rlim_max, reached - std::min(kDescriptorsForHttpd, reached / 2)};
}

std::vector<std::string> adviceOn(const server_rec& server, const ServerConfig& config, const Site& site) {
  Advice advice;
  for (const endpoint::Trust* trust : {&site.settings.publishers, &site.settings.subscribers}) {
    adviseOnSecrets(trust->old, advice);
    for (const endpoint::TrustedIssuer& issuer : trust->issuers) adviseOnSecrets(issuer.ring, advice);
  }
  for (const KeySources* const sources : keySourcesOf(config)) adviseOnKeySets(*sources, config, advice);
  adviseOnAuthorizationServers(config, advice);
  adviseOnClearText(server, config, site, advice);
  adviseOnNames(server, config, advice);
  adviseOnLiteralKeys(config, advice);
  adviseOnHttp2(server, config, site, advice);
  adviseOnRequestsPerChild(advice);
  adviseOnOpenFiles(site, advice);
  return advice;
}

}  // namespace mercure::httpd
