#include "httpd/announce.h"

#include <string>

#include "httpd/advice.h"

namespace mercure::httpd {
namespace {

std::string addressOf(const server_rec* server) {
  const std::string host = server->server_hostname != nullptr ? server->server_hostname : "the main server";
  const unsigned port = server->addrs != nullptr ? server->addrs->host_port : 0;
  return port != 0 ? host + ":" + std::to_string(port) : host;
}

void report(int warningLevel, int faultLevel, server_rec* server, const Findings& findings) {
  const std::string place = placeOf(server);
  for (const std::string& warning : findings.warnings)
    ap_log_error(APLOG_MARK, warningLevel, 0, server, MERCURE_LOG_ID(0010) "%s: %s", place.c_str(),
                 warning.c_str());
  for (const std::string& fault : findings.faults)
    ap_log_error(APLOG_MARK, faultLevel, 0, server, MERCURE_LOG_ID(0011) "%s: %s", place.c_str(),
                 fault.c_str());
}

std::string counted(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string describe(const endpoint::KeyRing& ring, const std::string& role) {
  std::string text = counted(ring.keys.size(), role + " key");
  if (!ring.sets.empty()) text += " and " + counted(ring.sets.size(), role + " key set");
  return text;
}

/// ANY-49: without an issuer nobody can have a 1.0 token.
std::string describeProtocol(const endpoint::Settings& settings) {
  std::string text(protocol::nameOf(settings.protocol));
  if (settings.protocol == protocol::Protocol::V0 || settings.servesMetadata()) return text;
  const bool takesOld = settings.protocol == protocol::Protocol::Any;
  return text + (takesOld ? " (tokens of 0.x only," : " (no token is taken,") +
         " for there is no MercureIssuer)";
}

std::string describeTrust(const endpoint::Settings& settings) {
  std::string text;
  if (settings.protocol != protocol::Protocol::V1)
    text = describe(settings.publishers.old, "publisher") + ", " +
           describe(settings.subscribers.old, "subscriber");
  if (settings.servesMetadata())
    text += (text.empty() ? "" : ", ") + counted(settings.publishers.issuers.size(), "issuer");
  return text.empty() ? "no key" : text;
}

std::string describe(const std::optional<hub::HistoryOptions>& history) {
  if (!history) return "no history";
  return "history in " + history->directory + (history->sync ? ", synced" : ", not synced");
}

std::string describe(const server_rec* server, const Site& site) {
  const endpoint::Settings& settings = site.settings;
  const Capacity each = capacity();
  return "hub " + site.hubName + " at " + addressOf(server) + settings.path + ", protocol " +
         describeProtocol(settings) + ", " + describeTrust(settings) + ", anonymous subscribers " +
         (settings.anonymous ? "On" : "Off") + ", " + describe(site.history) + "; each child can hold " +
         std::to_string(each.streams) + " streams (its limit of open files is " +
         std::to_string(each.openFiles) + "), and " + std::to_string(site.maxThreadedStreams) +
         " over the whole server may hold a thread, as those of HTTP/2 do";
}

}  // namespace

std::string placeOf(const server_rec* server) {
  std::string place = addressOf(server);
  if (server->defn_name != nullptr)
    place += std::string(" (") + server->defn_name + ":" + std::to_string(server->defn_line_number) + ")";
  return place;
}

void reportToTester(server_rec* server, const Findings& findings) {
  report(APLOG_STARTUP | APLOG_WARNING, APLOG_STARTUP | APLOG_ERR, server, findings);
}

void reportToLog(server_rec* server, const Findings& findings) {
  report(APLOG_WARNING, APLOG_EMERG, server, findings);
  if (findings.faults.empty()) return;
  ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server,
               MERCURE_LOG_ID(0012) "%s: the hub answers 503 until this is mended and httpd reloaded; the rest of the site "
                                    "is not touched",
               placeOf(server).c_str());
}

void announceHubs(server_rec* mainServer) {
  for (const server_rec* server : serversInOrder(mainServer))
    if (const auto& site = configOf(server).site; site && site->hub != nullptr)
      ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                   MERCURE_LOG_ID(0016) "mod_mercure/" MERCURE_VERSION ": %s",
                   describe(server, *site).c_str());
}

}  // namespace mercure::httpd
