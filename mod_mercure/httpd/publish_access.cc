#include "httpd/publish_access.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "httpd/server_config.h"
#include "hub/access.h"

namespace mercure::httpd {
namespace {

using Admissions = std::vector<hub::Admission>;

void add(const endpoint::KeyRing& ring, std::string_view issuer, Admissions& admissions) {
  const auto name = endpoint::markOf(issuer);
  if (!name) return;
  const hub::IssuerMark mark = hub::beginningOf(*name);
  for (const auth::IdentifiedKey& each : ring.keys) admissions.push_back({each.key.fingerprint(), mark});
  for (const auto& set : ring.sets) admissions.push_back({set->document(), mark});
}

void add(const endpoint::Trust& trust, Admissions& admissions) {
  add(trust.old, {}, admissions);
  for (const endpoint::TrustedIssuer& issuer : trust.issuers) add(issuer.ring, issuer.name, admissions);
}

}  // namespace

void publishAccess(const server_rec* mainServer, const hub::Hub& hub) {
  Admissions admissions;
  bool anonymous = false;
  for (const server_rec* server = mainServer; server != nullptr; server = server->next) {
    const auto& site = configOf(server).site;
    if (!site || site->hubName != hub.name()) continue;
    if (!site->fault.empty()) return;
    add(site->settings.subscribers, admissions);
    anonymous = anonymous || site->settings.anonymous;
  }
  // Virtual hosts of one hub often repeat each other's.
  std::ranges::sort(admissions);
  admissions.erase(std::unique(admissions.begin(), admissions.end()), admissions.end());
  if (admissions.size() > hub::kMaxAdmissions)
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, mainServer,
                 MERCURE_LOG_ID(0029) "hub %s: its virtual hosts have %" APR_SIZE_T_FMT
                                      " keys and key sets for subscribers, counted once for "
                                      "each issuer; streams of those beyond the first %" APR_SIZE_T_FMT
                                      " are cut again and again; expected "
                                      "fewer, or a MercureHub for some of the virtual hosts",
                 hub.name().c_str(), admissions.size(), hub::kMaxAdmissions);
  hub::publishAccess(hub.segment().header(), admissions, anonymous);
}

}  // namespace mercure::httpd
