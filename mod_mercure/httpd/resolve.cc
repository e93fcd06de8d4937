#include "httpd/resolve.h"

#include <algorithm>
#include <map>

#include <ap_mpm.h>

#include "endpoint/ascii.h"
#include "httpd/advice.h"
#include "httpd/directives.h"
#include "httpd/history_settings.h"
#include "httpd/identity.h"
#include "httpd/process_limits.h"
#include "httpd/resolve_trust.h"
#include "hub/history_size.h"

namespace mercure::httpd {
namespace {

constexpr std::uint64_t kDefaultUpdateSize = 1U << 20U;
constexpr std::uint64_t kDefaultLogSize = 16U << 20U;
constexpr std::uint64_t kUpdatesInLog = 16;

std::string hubNameOf(const server_rec& server, const ServerConfig& config) {
  if (config.hub) return endpoint::lowerCase(*config.hub);
  return config.hasServerName && server.server_hostname != nullptr
             ? endpoint::lowerCase(server.server_hostname)
             : std::string();
}

std::int64_t defaultThreadedStreams() {
  int daemons = 1;
  int threads = 1;
  ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &daemons);
  ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
  return std::max<std::int64_t>(1, std::int64_t{daemons} * std::max(1, threads) / 4);
}

void findSmallHistory(const Site& site, Findings& findings) {
  const std::uint64_t least = hub::leastHistorySize(site.settings.maxUpdateSize);
  if (!site.history || site.history->maxSize >= least) return;
  findings.faults.push_back("MercureHistorySize is " + std::to_string(site.history->maxSize) +
                            " bytes; expected at least " + std::to_string(least) +
                            ", which updates of MercureMaxUpdateSize need, for example: MercureHistorySize " +
                            std::to_string(least));
}

/// The keys that the generations served have a use for.
bool hasUsefulKeys(const ServerConfig& config, protocol::Protocol served) {
  return (served != protocol::Protocol::V1 && config.hasKeysOutsideIssuers()) ||
         (served != protocol::Protocol::V0 && !config.issuers.empty());
}

std::string exampleOfKeys(protocol::Protocol served) {
  if (served == protocol::Protocol::V1) return std::string(kIssuerExample);
  return "MercurePublisherJWT file:/etc/apache2/mercure/publisher.key HS256";
}

void findContradictions(const Site& site, const ServerConfig& config, Findings& findings) {
  if (site.hubName.empty())
    findings.faults.emplace_back(
        "Mercure On needs a name for the hub, and this virtual host has no ServerName of its own; expected "
        "ServerName or "
        "MercureHub beside it, for example: MercureHub news.example.com");
  // Of keys that 1.0 has no use for resolveTrust() tells.
  const bool hasUselessKeys =
      site.settings.protocol == protocol::Protocol::V1 && config.hasKeysOutsideIssuers();
  if (!hasUsefulKeys(config, site.settings.protocol) && !hasUselessKeys && !site.settings.anonymous)
    findings.faults.push_back(
        "Mercure On without a key lets nobody publish or subscribe; expected at least one key, for "
        "example: " +
        exampleOfKeys(site.settings.protocol));
  if (!config.issuers.empty() && !config.hasServerName && !config.resourceIdentifier &&
      config.publicOrigins.empty())
    findings.faults.emplace_back(
        "tokens of an issuer name the hub that they are made for, and this virtual host has no ServerName of "
        "its "
        "own; expected ServerName or MercureResourceIdentifier, for example: MercureResourceIdentifier "
        "https://example.com/.well-known/mercure");
  if (site.logSize < kUpdatesInLog * site.settings.maxUpdateSize)
    findings.faults.push_back("MercureLogSize is " + std::to_string(site.logSize) +
                              " bytes; expected at least 16 times MercureMaxUpdateSize, which is " +
                              std::to_string(site.settings.maxUpdateSize) + ", for example: MercureLogSize " +
                              std::to_string(kUpdatesInLog * site.settings.maxUpdateSize));
  findSmallHistory(site, findings);
}

bool hasRemoteSets(const ServerConfig& config) {
  return std::ranges::any_of(keySourcesOf(config), [](const KeySources* sources) {
    return std::ranges::any_of(sources->sets, &KeySetSource::isRemote);
  });
}

/// What a hub has once, whatever virtual hosts share it: any of them may fetch a key set for all.
std::vector<Setting> sharedSettings(const Site& site, const ServerConfig& config) {
  std::vector<Setting> settings = historySettings(site.history);
  settings.push_back({"MercureLogSize", std::to_string(site.logSize)});
  if (hasRemoteSets(config))
    settings.push_back(
        {"MercureJWKSPrivateAddresses", config.keySetsFromPrivateAddresses.value_or(false) ? "On" : "Off"});
  return settings;
}

const std::string* valueIn(const std::vector<Setting>& settings, std::string_view directive) {
  const auto found =
      std::ranges::find_if(settings, [&](const Setting& each) { return each.directive == directive; });
  return found != settings.end() ? &found->value : nullptr;
}

using SettingsOfHubs = std::map<std::string, std::vector<Setting>>;

void findDisagreement(const Site& site, const ServerConfig& config, SettingsOfHubs& known,
                      Findings& findings) {
  if (site.hubName.empty()) return;
  const auto [first, isNew] = known.emplace(site.hubName, sharedSettings(site, config));
  if (isNew) return;
  for (const auto& [directive, value] : sharedSettings(site, config)) {
    const std::string* other = valueIn(first->second, directive);
    if (other == nullptr || *other == value) continue;
    std::string words(directive);
    words.append(" is ").append(value).append(" here, but ").append(*other);
    words.append(" in another virtual host of the hub ").append(site.hubName);
    words.append("; expected one value, for example: ").append(directive).append(" ").append(value);
    findings.faults.push_back(words + " once in the main server");
  }
}

/// A name without a generation is the only generation's that is served, or else 0.x's.
void resolveCookies(const ServerConfig& config, endpoint::Settings& settings) {
  const bool servesOld = settings.protocol != protocol::Protocol::V1;
  std::string& either = servesOld ? settings.oldCookie : settings.newCookie;
  either = config.cookieName.value_or(either);
  settings.oldCookie = config.oldCookie.value_or(settings.oldCookie);
  settings.newCookie = config.newCookie.value_or(settings.newCookie);
}

std::unique_ptr<Site> resolve(const server_rec& server, const ServerConfig& config, unsigned historyReaders,
                              Findings& findings) {
  auto site = std::make_unique<Site>();
  site->hubName = hubNameOf(server, config);
  endpoint::Settings& settings = site->settings;
  settings.path = config.path.value_or(settings.path);
  settings.anonymous = config.anonymous.value_or(false);
  settings.requireTls = config.requireTls.value_or(false);
  settings.corsOrigins = config.corsOrigins;
  settings.publishOrigins = config.publishOrigins;
  settings.protocol = config.protocol.value_or(settings.protocol);
  resolveCookies(config, settings);
  settings.maxUpdateSize = config.maxUpdateSize.value_or(kDefaultUpdateSize);
  settings.maxTopics = config.maxTopics.value_or(settings.maxTopics);
  settings.maxSelectors = config.maxSelectors.value_or(settings.maxSelectors);
  settings.maxMatchers = config.maxMatchers.value_or(settings.maxMatchers);
  settings.maxMatcherLength = config.maxMatcherLength.value_or(settings.maxMatcherLength);
  settings.overload = config.overload.value_or(settings.overload);
  settings.streamNotices = config.streamNotices.value_or(settings.streamNotices);

  auto limits = std::make_shared<hub::StreamLimits>();
  limits->heartbeat = config.heartbeat.value_or(limits->heartbeat);
  limits->sendTimeout = config.sendTimeout.value_or(limits->sendTimeout);
  limits->sendBuffer = config.sendBuffer.value_or(limits->sendBuffer);
  site->streamLimits = std::move(limits);

  site->maxStreamDuration = config.maxStreamDuration.value_or(site->maxStreamDuration);
  site->seats = {.streams = static_cast<std::int64_t>(config.maxSubscribers.value_or(0)),
                 .ofClient = config.maxSubscribersPerClient.value_or(0)};
  site->maxThreadedStreams = config.maxThreadedStreams ? static_cast<std::int64_t>(*config.maxThreadedStreams)
                                                       : defaultThreadedStreams();
  site->logSize = config.logSize.value_or(kDefaultLogSize);
  site->history = resolveHistory(config, site->hubName, historyReaders);

  findContradictions(*site, config, findings);
  resolveTrust(config, settings, findings);
  for (std::string& advice : adviceOn(server, config, *site)) findings.warnings.push_back(std::move(advice));
  return site;
}

/// Threads of all processes that may read one history at the same time, with room for those killed meanwhile.
unsigned readersOfHistory(server_rec* mainServer) {
  return static_cast<unsigned>(2 * (maxChildren() + maxKeepers(mainServer)) + 64);
}

/// httpd merges a virtual host's configuration with the main server's only where the virtual host has a
/// directive of ours; the others simply share the main server's, which may have a hub.
void giveOwnConfigs(server_rec* mainServer) {
  ServerConfig* base = &configOf(mainServer);
  apr_pool_t* pool = mainServer->process->pconf;
  for (server_rec* server = mainServer->next; server != nullptr; server = server->next)
    if (&configOf(server) == base)
      ap_set_module_config(
          server->module_config, &mercure_module,
          mercure_merge_server_config(pool, base, mercure_create_server_config(pool, server)));
}

}  // namespace

void resolveSites(server_rec* mainServer, void (*report)(server_rec*, const Findings&)) {
  giveOwnConfigs(mainServer);
  const unsigned historyReaders = readersOfHistory(mainServer);
  SettingsOfHubs known;
  for (server_rec* server : serversInOrder(mainServer)) {
    ServerConfig& config = configOf(server);
    config.site.reset();
    Findings findings;
    if (config.on.value_or(false)) {
      config.site = resolve(*server, config, historyReaders, findings);
      findDisagreement(*config.site, config, known, findings);
      if (!findings.faults.empty()) config.site->fault = findings.faults.front();
    } else if (!config.on && config.hasKeys()) {
      findings.warnings.emplace_back(
          "key directives have no effect here, since there is no Mercure On beside them");
    }
    report(server, findings);
  }
  nameHubs(mainServer);
}

std::optional<std::uint64_t> largest(server_rec* mainServer,
                                     std::optional<std::uint64_t> ServerConfig::*field) {
  std::optional<std::uint64_t> found;
  for (server_rec* server = mainServer; server != nullptr; server = server->next) {
    const auto& value = configOf(server).*field;
    if (value && (!found || *value > *found)) found = value;
  }
  return found;
}

}  // namespace mercure::httpd
