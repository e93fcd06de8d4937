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

void listKeys(Listing& listing, std::string_view directive, const std::vector<auth::Key>& keys) {
  if (keys.empty()) listing.line(directive, "none");
  for (const auth::Key& key : keys) listing.line(directive, describe(key));
}

void listOrigins(Listing& listing, std::string_view directive, const endpoint::OriginList& origins) {
  std::string all;
  for (const std::string& origin : origins.entries()) all += (all.empty() ? "" : " ") + origin;
  listing.line(directive, all.empty() ? "none" : all);
}

void listAccess(Listing& listing, const endpoint::Settings& settings) {
  listKeys(listing, "MercurePublisherJWT", settings.publisherKeys);
  listKeys(listing, "MercureSubscriberJWT", settings.subscriberKeys);
  listing.line("MercureAnonymous", formatSwitch(settings.anonymous));
  listing.line("MercureRequireTLS", formatSwitch(settings.requireTls));
  listOrigins(listing, "MercureCORSOrigins", settings.corsOrigins);
  listOrigins(listing, "MercurePublishOrigins", settings.publishOrigins);
  listing.line("MercureCookieName", settings.cookieName);
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
  listing.line("MercureLogSize", std::to_string(site.logSize));
  for (const Setting& setting : historySettings(site.history)) listing.line(setting.directive, setting.value);
  listing.line("MercureStreamNotices", formatSwitch(site.settings.streamNotices));
}

std::string list(const server_rec* server, const Site& site) {
  Listing listing;
  if (!site.fault.empty()) listing.line("answers 503", site.fault);
  listing.line("MercurePath", site.settings.path);
  listing.line("MercureProtocol", "0.x");
  listAccess(listing, site.settings);
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
