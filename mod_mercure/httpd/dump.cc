#include "httpd/dump.h"

#include <array>
#include <cstdio>
#include <string>

#include <apr_escape.h>
#include <http_core.h>

#include "httpd/announce.h"
#include "httpd/history_settings.h"
#include "httpd/server_config.h"
#include "httpd/values.h"

namespace mercure::httpd {
namespace {

constexpr std::size_t kNameWidth = 32;

/// One hub's lines, as they grow.
class Listing {
 public:
  void line(std::string_view directive, std::string_view value) {
    text_.append("  ")
        .append(directive)
        .append(kNameWidth - directive.size(), ' ')
        .append(value)
        .append("\n");
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

std::string describe(const auth::Key& key) {
  const auth::Fingerprint& fingerprint = key.fingerprint();
  std::array<char, 2 * std::tuple_size_v<auth::Fingerprint> + 1> digits{};
  apr_escape_hex(digits.data(), fingerprint.data(), fingerprint.size(), 0, nullptr);
  return std::string(auth::nameOf(key.algorithm())) + ", " + std::to_string(key.size()) +
         (auth::isSymmetric(key.algorithm()) ? " bytes" : " bits") + ", fingerprint " + digits.data();
}

std::string describe(const KeySetSource& set) {
  std::string text = (set.isRemote() ? "" : "file:") + set.place();
  for (const auth::Algorithm algorithm : set.algorithms()) text.append(" ").append(auth::nameOf(algorithm));
  return text;
}

/// One role's keys, those that are read from files included, and where the others will be fetched from.
void listRing(Listing& listing, const std::string& role, const endpoint::KeyRing& ring,
              const KeySources& sources) {
  if (ring.keys.empty()) listing.line("Mercure" + role + "JWT", "none");
  for (const auto& [key, id] : ring.keys) listing.line("Mercure" + role + "JWT", describe(key));
  for (const KeySetSource& set : sources.sets) listing.line("Mercure" + role + "JWKS", describe(set));
}

void listIssuers(Listing& listing, const endpoint::Settings& settings, const ServerConfig& config) {
  for (std::size_t i = 0; i < settings.publishers.issuers.size(); ++i) {
    const IssuerConfig& issuer = config.issuers[i];
    listing.line("<MercureIssuer", "\"" + issuer.name + "\">");
    listRing(listing, "Publisher", settings.publishers.issuers[i].ring, issuer.publishers);
    listRing(listing, "Subscriber", settings.subscribers.issuers[i].ring, issuer.subscribers);
    listing.line("MercureAuthorizationServer", formatSwitch(issuer.isAuthorizationServer));
    listing.line("</MercureIssuer>", "");
  }
}

void listOrigins(Listing& listing, std::string_view directive, const std::vector<std::string>& origins) {
  std::string all;
  for (const std::string& origin : origins) all += (all.empty() ? "" : " ") + origin;
  listing.line(directive, all.empty() ? "none" : all);
}

void listIdentity(Listing& listing, const endpoint::Settings& settings, const ServerConfig& config) {
  const endpoint::HubIdentity& identity = settings.identity;
  listing.line("MercureResourceIdentifier",
               identity.configured.empty() ? "derived, such as " + identity.url : identity.configured);
  listOrigins(listing, "MercurePublicURLs", config.publicOrigins);
}

void listAccess(Listing& listing, const endpoint::Settings& settings, const ServerConfig& config) {
  listRing(listing, "Publisher", settings.publishers.old, config.publishers);
  listRing(listing, "Subscriber", settings.subscribers.old, config.subscribers);
  listIssuers(listing, settings, config);
  listing.line("MercureJWKSPrivateAddresses",
               formatSwitch(config.keySetsFromPrivateAddresses.value_or(false)));
  listIdentity(listing, settings, config);
  listing.line("MercureAnonymous", formatSwitch(settings.anonymous));
  listing.line("MercureRequireTLS", formatSwitch(settings.requireTls));
  listOrigins(listing, "MercureCORSOrigins", settings.corsOrigins.entries());
  listOrigins(listing, "MercurePublishOrigins", settings.publishOrigins.entries());
  if (settings.protocol != protocol::Protocol::V1)
    listing.line("MercureCookieName", settings.oldCookie + " 0.x");
  if (settings.protocol != protocol::Protocol::V0)
    listing.line("MercureCookieName", settings.newCookie + " 1.0");
}

void listLimits(Listing& listing, const Site& site) {
  listing.line("MercureHeartbeat", formatTime(site.streamLimits->heartbeat));
  listing.line("MercureMaxStreamDuration", formatTime(site.maxStreamDuration));
  listing.line("MercureSendTimeout", formatTime(site.streamLimits->sendTimeout));
  listing.line("MercureSendBuffer", std::to_string(site.streamLimits->sendBuffer));
  listing.line("MercureMaxSubscribers", std::to_string(site.seats.streams));
  listing.line("MercureMaxSubscribersPerClient", std::to_string(site.seats.ofClient));
  listing.line("MercureMaxThreadedStreams", std::to_string(site.maxThreadedStreams));
  listing.line("MercureOverload", site.settings.overload == endpoint::Overload::Retry ? "retry" : "status");
  listing.line("MercureMaxUpdateSize", std::to_string(site.settings.maxUpdateSize));
  listing.line("MercureMaxTopics", std::to_string(site.settings.maxTopics));
  listing.line("MercureMaxSelectors", std::to_string(site.settings.maxSelectors));
  listing.line("MercureMaxMatchers", std::to_string(site.settings.maxMatchers));
  listing.line("MercureMaxMatcherLength", std::to_string(site.settings.maxMatcherLength));
  listing.line("MercureLogSize", std::to_string(site.logSize));
  for (const Setting& setting : historySettings(site.history)) listing.line(setting.directive, setting.value);
  listing.line("MercureStreamNotices", formatSwitch(site.settings.streamNotices));
}

std::string list(const server_rec* server, const Site& site) {
  Listing listing;
  if (!site.fault.empty()) listing.line("answers 503", site.fault);
  listing.line("MercurePath", site.settings.path);
  listing.line("MercureProtocol", protocol::nameOf(site.settings.protocol));
  listAccess(listing, site.settings, configOf(server));
  listLimits(listing, site);
  return "hub " + site.hubName + " of " + placeOf(server) + "\n" + listing.text();
}

}  // namespace

bool isDumpWanted() noexcept {
  return ap_exists_config_define("DUMP_MERCURE") != 0;
}

void dumpHubs(server_rec* mainServer) {
  std::string text = "mod_mercure/" MERCURE_VERSION "\n";
  for (const server_rec* server : serversInOrder(mainServer))
    if (const auto& site = configOf(server).site) text += list(server, *site);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace mercure::httpd
