#include "httpd/announce.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

namespace mercure::httpd {
namespace {

std::string hostOf(const server_rec* server) {
  return server->server_hostname != nullptr ? server->server_hostname : "the main server";
}

/// The server's name, and where its section begins.
std::string placeOf(const server_rec* server) {
  std::string place = hostOf(server);
  if (server->defn_name != nullptr)
    place += std::string(" (") + server->defn_name + ":" + std::to_string(server->defn_line_number) + ")";
  return place;
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

std::string describe(const server_rec* server, const Site& site) {
  const endpoint::Settings& settings = site.settings;
  const unsigned port = server->addrs != nullptr ? server->addrs->host_port : 0;
  return "hub " + site.hubName + " at " + hostOf(server) + (port != 0 ? ":" + std::to_string(port) : "") +
         settings.path + ", protocol 0.x, " + counted(settings.publisherKeys.size(), "publisher key") + ", " +
         counted(settings.subscriberKeys.size(), "subscriber key") + ", anonymous subscribers " +
         (settings.anonymous ? "On" : "Off");
}

std::string describeCapacity() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const std::size_t limit = files.rlim_max;
  const std::size_t reached = std::min(limit, kWantedDescriptors);
  // As the hand-over has it: the lower part is httpd's, at most half.
  const std::size_t streams = reached - std::min(kDescriptorsForHttpd, reached / 2);
  return "each child can hold " + std::to_string(streams) + " streams, since its limit of open files is " +
         std::to_string(limit) +
         "; APACHE_ULIMIT_MAX_FILES in /etc/apache2/envvars (Debian) or LimitNOFILE= (systemd) raises it";
}

void say(const server_rec* server, const char* id, const std::string& text) {
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server, "%smod_mercure/" MERCURE_VERSION ": %s", id,
               text.c_str());
}

}  // namespace

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
  for (server_rec* server = mainServer; server != nullptr; server = server->next)
    if (const auto& site = configOf(server).site; site && site->hub != nullptr)
      say(server, MERCURE_LOG_ID(0016), describe(server, *site));
  say(mainServer, MERCURE_LOG_ID(0017), describeCapacity());
}

}  // namespace mercure::httpd
