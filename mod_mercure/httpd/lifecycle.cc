#include "httpd/lifecycle.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include <ap_mpm.h>
#include <http_core.h>
#include <mpm_common.h>

#include "httpd/context.h"
#include "httpd/guard.h"
#include "httpd/resolve.h"
#include "httpd/shared_memory.h"
#include "httpd/signal_context.h"

namespace mercure::httpd {
namespace {

constexpr std::chrono::milliseconds kLongestEnd{1000};
constexpr std::size_t kWantedDescriptors = 65'536;
// What a child needs besides its streams: log files, listeners, connections being served.
constexpr std::size_t kOtherDescriptors = 1024;

/// A module that gives each request its own user forks or changes identity under our feet.
const char* incompatibleModule() {
  for (const char* name : {"mpm_itk.c", "mod_ruid2.c"})
    if (ap_find_linked_module(name) != nullptr) return name;
  return nullptr;
}

void reportTo(int faultLevel, server_rec* server, const Findings& findings) {
  const char* name = server->server_hostname != nullptr ? server->server_hostname : "the main server";
  for (const std::string& warning : findings.warnings)
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server, MERCURE_LOG_ID(0010) "%s (%s:%u): %s", name,
                 server->defn_name != nullptr ? server->defn_name : "-", server->defn_line_number,
                 warning.c_str());
  for (const std::string& fault : findings.faults)
    ap_log_error(APLOG_MARK, faultLevel, 0, server, MERCURE_LOG_ID(0011) "%s (%s:%u): %s", name,
                 server->defn_name != nullptr ? server->defn_name : "-", server->defn_line_number,
                 fault.c_str());
}

void reportTest(server_rec* server, const Findings& findings) {
  reportTo(APLOG_STARTUP | APLOG_ERR, server, findings);
}

void reportStart(server_rec* server, const Findings& findings) {
  reportTo(APLOG_EMERG, server, findings);
  if (!findings.faults.empty())
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server,
                 MERCURE_LOG_ID(0012) "%s: the hub answers 503 until this is mended and httpd reloaded; the rest of the "
                                      "site is not touched",
                 server->server_hostname != nullptr ? server->server_hostname : "the main server");
}

bool anyFault(server_rec* mainServer) {
  for (server_rec* server = mainServer; server != nullptr; server = server->next)
    if (const auto& site = configOf(server).site; site && !site->fault.empty()) return true;
  return false;
}

/// `apachectl configtest`, the only time that the outside world may refuse a configuration.
int testConfiguration(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* mainServer) {
  if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST) return OK;
  return guarded(mainServer, "checking the configuration", static_cast<int>(HTTP_INTERNAL_SERVER_ERROR), [&] {
    resolveSites(mainServer, reportTest);
    if (const char* name = incompatibleModule()) {
      ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, mainServer,
                   MERCURE_LOG_ID(0013) "mod_mercure cannot work beside %s: streams outlive the requests that it gives a user of "
                                        "their own; expected one of the two alone",
                   name);
      return static_cast<int>(HTTP_INTERNAL_SERVER_ERROR);
    }
    return anyFault(mainServer) ? HTTP_INTERNAL_SERVER_ERROR : OK;
  });
}

std::size_t slotsNeeded(server_rec* mainServer) {
  int limit = 0;
  ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &limit);
  const auto processes = static_cast<std::size_t>(std::max(1, limit));
  // A reload lets as many old children live beside the new ones.
  return 2 * processes + largest(mainServer, &ServerConfig::maxKeepers).value_or(processes) + 16;
}

void failAll(server_rec* mainServer, const std::string& fault) {
  for (server_rec* server = mainServer; server != nullptr; server = server->next) {
    const auto& site = configOf(server).site;
    if (!site) continue;
    site->fault = fault;
    site->hub = nullptr;
  }
  ap_log_error(APLOG_MARK, APLOG_EMERG, 0, mainServer, MERCURE_LOG_ID(0014) "every hub answers 503: %s",
               fault.c_str());
}

void attachHubs(server_rec* mainServer, SharedMemory& memory, Context& made) {
  std::vector<std::string> names;
  const std::size_t slots = slotsNeeded(mainServer);
  for (server_rec* server = mainServer; server != nullptr; server = server->next) {
    const auto& site = configOf(server).site;
    if (!site || !site->fault.empty()) continue;
    auto segment = memory.segment(site->hubName, site->logSize, slots);
    if (!segment) {
      site->fault = segment.error();
      ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, MERCURE_LOG_ID(0015) "hub %s answers 503: %s",
                   site->hubName.c_str(), segment.error().c_str());
      continue;
    }
    site->hub = &made.addHub(site->hubName, *segment, server);
    names.push_back(site->hubName);
  }
  // A hub with a fault keeps its segment: its streams need not suffer from a broken key file.
  for (server_rec* server = mainServer; server != nullptr; server = server->next)
    if (const auto& site = configOf(server).site) names.push_back(site->hubName);
  memory.retireOthers(names);
}

std::size_t reachableDescriptors() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  return static_cast<std::size_t>(files.rlim_max);
}

void announce(server_rec* mainServer) {
  for (server_rec* server = mainServer; server != nullptr; server = server->next) {
    const auto& site = configOf(server).site;
    if (!site || site->hub == nullptr) continue;
    const endpoint::Settings& settings = site->settings;
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                 MERCURE_LOG_ID(0016) "mod_mercure/" MERCURE_VERSION
                                      ": hub %s at %s:%u%s, protocol 0.x, %zu publisher and %zu "
                                      "subscriber keys, anonymous subscribers %s",
                 site->hubName.c_str(), server->server_hostname,
                 server->addrs != nullptr ? static_cast<unsigned>(server->addrs->host_port) : 0U,
                 settings.path.c_str(), settings.publisherKeys.size(), settings.subscriberKeys.size(),
                 settings.anonymous ? "On" : "Off");
  }
  const std::size_t descriptors = reachableDescriptors();
  ap_log_error(
      APLOG_MARK, APLOG_NOTICE, 0, mainServer,
      MERCURE_LOG_ID(
          0017) "mod_mercure/" MERCURE_VERSION
                ": each child can hold %zu streams: its limit of open files "
                "is %zu; APACHE_ULIMIT_MAX_FILES in /etc/apache2/envvars (Debian) or LimitNOFILE= (systemd) "
                "raises it",
      descriptors > kOtherDescriptors ? std::min(descriptors, kWantedDescriptors) - kOtherDescriptors
                                      : descriptors / 2,
      descriptors);
}

int startServer(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* mainServer) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  guarded(mainServer, "starting the hubs", OK, [&] {
    resolveSites(mainServer, reportStart);
    auto memory = SharedMemory::open(mainServer);
    if (const char* name = incompatibleModule()) {
      failAll(mainServer, std::string("mod_mercure cannot work beside ") + name);
    } else if (!memory) {
      failAll(mainServer, memory.error());
    } else {
      attachHubs(mainServer, *memory, makeContext(pool, memory->pipe()));
      if (!context()->hubs().empty()) announce(mainServer);
    }
    return OK;
  });
  return OK;  // whatever happened, the site must live
}

void raiseDescriptorLimit(server_rec* mainServer) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const std::size_t subscribers = largest(mainServer, &ServerConfig::maxSubscribers).value_or(0);
  const rlim_t wanted = std::max(kWantedDescriptors, subscribers + kOtherDescriptors);
  const rlim_t reachable = std::min(files.rlim_max, wanted);
  if (reachable <= files.rlim_cur) return;
  files.rlim_cur = reachable;
  setrlimit(RLIMIT_NOFILE, &files);
}

apr_status_t endChild(void*) {
  hub::Dispatchers* dispatchers = context() != nullptr ? context()->dispatchers() : nullptr;
  if (dispatchers == nullptr) return APR_SUCCESS;
  if (isInSignalHandler()) {
    dispatchers->requestEnd();
    (void)dispatchers->awaitEnd(kLongestEnd);
  } else {
    dispatchers->stop();
  }
  return APR_SUCCESS;
}

void startChild(apr_pool_t* pool, server_rec* mainServer) {
  if (context() == nullptr) return;
  guarded(mainServer, "starting a child", OK, [&] {
    raiseDescriptorLimit(mainServer);
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    context()->startChild(largest(mainServer, &ServerConfig::dispatchers).value_or(cores));
    apr_pool_pre_cleanup_register(pool, nullptr, endChild);
    return OK;
  });
}

/// In any thread, and under prefork even in a signal handler.
void stopChild(apr_pool_t*, int) {
  if (context() != nullptr && context()->dispatchers() != nullptr)
    context()->dispatchers()->endThreadedStreams();
}

}  // namespace

void registerLifecycleHooks() {
  ap_hook_check_config(testConfiguration, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_config(startServer, nullptr, nullptr, APR_HOOK_MIDDLE);
  // First in, last out: the cleanup it registers runs after other modules' threads have ended.
  ap_hook_child_init(startChild, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_child_stopping(stopChild, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace mercure::httpd
