#include "httpd/lifecycle.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include <ap_mpm.h>
#include <http_core.h>
#include <mpm_common.h>

#include "httpd/announce.h"
#include "httpd/context.h"
#include "httpd/guard.h"
#include "httpd/resolve.h"
#include "httpd/shared_memory.h"
#include "httpd/signal_context.h"

namespace mercure::httpd {
namespace {

constexpr std::chrono::milliseconds kLongestEnd{1000};

/// A module that gives each request its own user forks or changes identity under our feet.
const char* incompatibleModule() {
  for (const char* name : {"mpm_itk.c", "mod_ruid2.c"})
    if (ap_find_linked_module(name) != nullptr) return name;
  return nullptr;
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
    resolveSites(mainServer, reportToTester);
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

int startServer(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* mainServer) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  guarded(mainServer, "starting the hubs", OK, [&] {
    resolveSites(mainServer, reportToLog);
    auto memory = SharedMemory::open(mainServer);
    if (const char* name = incompatibleModule()) {
      failAll(mainServer, std::string("mod_mercure cannot work beside ") + name);
    } else if (!memory) {
      failAll(mainServer, memory.error());
    } else {
      attachHubs(mainServer, *memory, makeContext(pool, memory->pipe()));
      if (!context()->hubs().empty()) announceHubs(mainServer);
    }
    return OK;
  });
  return OK;  // whatever happened, the site must live
}

void raiseDescriptorLimit(server_rec* mainServer) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const std::size_t subscribers = largest(mainServer, &ServerConfig::maxSubscribers).value_or(0);
  const rlim_t wanted = std::max(kWantedDescriptors, subscribers + kDescriptorsForHttpd);
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
