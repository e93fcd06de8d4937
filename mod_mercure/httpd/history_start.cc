#include "httpd/history_start.h"

#include <unistd.h>

#include <chrono>

#include <unixd.h>

#include "httpd/announce.h"
#include "hub/cold_start.h"

namespace mercure::httpd {
namespace {

constexpr std::chrono::minutes kLongestCheck{1};

/// Whom the children run as: without root's rights, the parent's own user.
struct User {
  uid_t user = geteuid() == 0 ? ap_unixd_config.user_id : geteuid();
  gid_t group = geteuid() == 0 ? ap_unixd_config.group_id : getegid();
};

void fail(int level, const server_rec* server, Site& site, const std::string& why) {
  site.fault = "no history can be kept: " + why;
  ap_log_error(APLOG_MARK, level, 0, server,
               MERCURE_LOG_ID(0017) "%s: hub %s answers 503, since %s; MercureHistory off goes without",
               placeOf(server).c_str(), site.hubName.c_str(), site.fault.c_str());
}

void report(const server_rec* server, Site& site, const hub::ColdStart& found) {
  using Kind = hub::ColdStart::Kind;
  const char* name = site.hubName.c_str();
  switch (found.kind) {
    case Kind::Ready:
    case Kind::InUse:
      break;
    case Kind::MovedAside:
      ap_log_error(APLOG_MARK, APLOG_ERR, 0, server,
                   MERCURE_LOG_ID(0018) "hub %s: its history was damaged, and it begins with an empty one: %s; what "
                                        "there was is now %s",
                   name, found.reason.c_str(), found.movedTo.c_str());
      break;
    case Kind::Unchecked:
      ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                   MERCURE_LOG_ID(0019) "hub %s: its history could not be checked, and is used as it is: %s",
                   name, found.reason.c_str());
      break;
    case Kind::Impossible:
      fail(APLOG_EMERG, server, site, found.reason);
      break;
  }
}

}  // namespace

void startHistory(const server_rec* server, Site& site, bool isNew) {
  if (!site.history) return;
  const auto [user, group] = User{};
  const auto provided = hub::provideDirectory(site.history->directory, user, group);
  if (!provided) return fail(APLOG_EMERG, server, site, provided.error());
  if (isNew) report(server, site, hub::startCold(site.history->directory, user, group, kLongestCheck));
}

void testHistory(const server_rec* server, Site& site) {
  if (!site.history) return;
  const auto [user, group] = User{};
  const auto possible = hub::canProvideDirectory(site.history->directory, user, group);
  if (!possible) fail(APLOG_STARTUP | APLOG_ERR, server, site, possible.error());
}

}  // namespace mercure::httpd
