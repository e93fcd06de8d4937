#include "httpd/resolve_trust.h"

#include <iterator>

namespace mercure::httpd {
namespace {

using protocol::Protocol;

void addKeys(const std::vector<KeySource>& sources, endpoint::KeyRing& ring, Findings& findings) {
  for (const KeySource& source : sources) {
    auto loaded = source.load();
    if (!loaded) {
      findings.faults.push_back(loaded.error());
      continue;
    }
    if (!loaded->warning.empty()) findings.warnings.push_back(loaded->warning);
    ring.keys.push_back({std::move(loaded->key), std::nullopt});
  }
}

void addKeySets(const std::vector<KeySetSource>& sources, endpoint::KeyRing& ring, Findings& findings) {
  for (const KeySetSource& source : sources) {
    if (source.isRemote()) continue;
    auto set = source.load();
    if (!set) {
      findings.faults.push_back(set.error());
      continue;
    }
    for (const std::string& note : set->notes) findings.warnings.push_back(source.place() + ": " + note);
    std::move(set->keys.begin(), set->keys.end(), std::back_inserter(ring.keys));
  }
}

endpoint::KeyRing load(const KeySources& sources, Findings& findings) {
  endpoint::KeyRing ring;
  addKeys(sources.keys, ring, findings);
  addKeySets(sources.sets, ring, findings);
  return ring;
}

void findContradictions(const ServerConfig& config, Protocol served, Findings& findings) {
  if (served == Protocol::V1 && config.hasKeysOutsideIssuers())
    findings.faults.push_back(
        "MercureProtocol 1.0 takes no token that names no issuer, so keys belong to one; expected them "
        "inside a "
        "section, for example: " +
        std::string(kIssuerExample));
  if (served == Protocol::V0 && !config.issuers.empty())
    findings.warnings.emplace_back(
        "<MercureIssuer> has no effect under MercureProtocol 0.x, whose tokens name no issuer");
  for (const IssuerConfig& issuer : config.issuers)
    if (issuer.publishers.empty() && issuer.subscribers.empty())
      findings.faults.push_back(
          "<MercureIssuer \"" + issuer.name +
          "\"> has no key, so none of its tokens can be verified; expected at least one, "
          "for example: MercureSubscriberJWKS https://login.example.com/jwks.json");
}

void adopt(const std::vector<std::string>& found, const IssuerConfig& issuer, std::vector<std::string>& all) {
  for (const std::string& each : found) all.push_back("<MercureIssuer \"" + issuer.name + "\">: " + each);
}

void loadIssuer(const IssuerConfig& issuer, endpoint::Settings& settings, Findings& findings) {
  Findings found;
  settings.publishers.issuers.push_back({issuer.name, load(issuer.publishers, found)});
  settings.subscribers.issuers.push_back({issuer.name, load(issuer.subscribers, found)});
  adopt(found.faults, issuer, findings.faults);
  adopt(found.warnings, issuer, findings.warnings);
  if (issuer.isAuthorizationServer) settings.authorizationServers.push_back(issuer.name);
}

}  // namespace

void resolveTrust(const ServerConfig& config, endpoint::Settings& settings, Findings& findings) {
  findContradictions(config, settings.protocol, findings);
  if (settings.protocol != Protocol::V1) {
    settings.publishers.old = load(config.publishers, findings);
    settings.subscribers.old = load(config.subscribers, findings);
  }
  if (settings.protocol != Protocol::V0)
    for (const IssuerConfig& issuer : config.issuers) loadIssuer(issuer, settings, findings);
}

}  // namespace mercure::httpd
