#include "httpd/lifecycle.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include <ap_mpm.h>
#include <http_core.h>
#include <http_main.h>
#include <mpm_common.h>
#include <scoreboard.h>

#include "httpd/advice.h"
#include "httpd/announce.h"
#include "httpd/context.h"
#include "httpd/dump.h"
#include "httpd/guard.h"
#include "httpd/history_settings.h"
#include "httpd/history_start.h"
#include "httpd/keeper.h"
#include "httpd/process_limits.h"
#include "httpd/publish_access.h"
#include "httpd/remote_key_sets.h"
#include "httpd/resolve.h"
#include "httpd/shared_memory.h"
#include "httpd/signal_context.h"
#include "hub/keepers.h"

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

void testHistories(server_rec* mainServer) {
  for (const server_rec* server : serversInOrder(mainServer))
    if (const auto& site = configOf(server).site; site && site->fault.empty()) testHistory(server, *site);
}

/// `apachectl configtest`, the only time that the outside world may refuse a configuration.
int testConfiguration(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* mainServer) {
  if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST) return OK;
  return guarded(mainServer, "checking the configuration", static_cast<int>(HTTP_INTERNAL_SERVER_ERROR), [&] {
    resolveSites(mainServer, reportToTester);
    testHistories(mainServer);
    if (isDumpWanted()) dumpHubs(mainServer);
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
  return 2 * maxChildren() + maxKeepers(mainServer) + 16;
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

void publishAccessOf(const server_rec* mainServer, const Context& made) {
  for (const Context::ServedHub& each : made.hubs()) publishAccess(mainServer, *each.hub);
  made.pipe().post();
}

SegmentNeeds needsOf(server_rec* mainServer, const Site& site, std::size_t slots) {
  SegmentNeeds needs{.logSize = site.logSize, .slots = slots, .historyMode = modeOf(site.history)};
  if (site.history) needs.historyDirectory = site.history->directory;
  needs.documents = documentsOf(mainServer, site.hubName);
  return needs;
}

/// Gives a virtual host its hub, or a fault.
void attachHub(server_rec* server, Site& site, const SegmentNeeds& needs, SharedMemory& memory,
               Context& made) {
  startHistory(server, site, !memory.keepsHistoryIn(site.hubName, needs.historyDirectory));
  if (!site.fault.empty()) return;
  auto segment = memory.segment(site.hubName, needs);
  if (segment) {
    site.hub = &made.addHub(site.hubName, *segment, site.history, server);
    attachKeySets(server, *site.hub, made);
    return;
  }
  site.fault = segment.error();
  ap_log_error(APLOG_MARK, APLOG_EMERG, 0, server, MERCURE_LOG_ID(0015) "hub %s answers 503: %s",
               site.hubName.c_str(), segment.error().c_str());
}

void attachHubs(server_rec* mainServer, SharedMemory& memory, Context& made) {
  std::vector<std::string> names;
  const std::size_t slots = slotsNeeded(mainServer);
  for (server_rec* server = mainServer; server != nullptr; server = server->next) {
    if (const auto& site = configOf(server).site; site && site->fault.empty())
      attachHub(server, *site, needsOf(mainServer, *site, slots), memory, made);
  }
  publishAccessOf(mainServer, made);
  // A hub with a fault keeps its segment: its streams need not suffer from a broken key file.
  for (server_rec* server = mainServer; server != nullptr; server = server->next)
    if (const auto& site = configOf(server).site) names.push_back(site->hubName);
  memory.retireOthers(names);
  for (const hub::Segment& segment : memory.segments()) hub::comeBack(segment);
}

void limitContext(server_rec* mainServer, Context& made) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  made.limit(largest(mainServer, &ServerConfig::dispatchers).value_or(cores), maxKeepers(mainServer));
}

/// Ends what keeps streams from before, in whatever process.
std::vector<hub::Segment> endKeepers() {
  const auto memory = SharedMemory::open(ap_server_conf);
  if (!memory) return {};
  auto segments = memory->segments();
  for (const hub::Segment& segment : segments) hub::raiseEpoch(segment);
  memory->pipe().post();
  return segments;
}

/// httpd ends for good, and whoever started it may kill what is left in a moment.
apr_status_t endServer(void*) {
  if (context() == nullptr || !context()->isParent()) return APR_SUCCESS;
  if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_EXITING) return APR_SUCCESS;
  guarded(nullptr, "ending the keepers", OK, [] {
    (void)hub::awaitNoKeepers(endKeepers(), kLongestEnd);
    return OK;
  });
  return APR_SUCCESS;
}

/// The shared memory goes with the process pool's children, before the configuration's own pool: only a
/// pre-cleanup is early enough. It must not outlive this module, which a reload unloads.
void watchForTheEnd(apr_pool_t* pool, const server_rec* mainServer) {
  apr_pool_t* process = mainServer->process->pool;
  apr_pool_pre_cleanup_register(process, nullptr, endServer);
  apr_pool_cleanup_register(
      pool, process,
      [](void* processPool) {
        apr_pool_cleanup_kill(static_cast<apr_pool_t*>(processPool), nullptr, endServer);
        return static_cast<apr_status_t>(APR_SUCCESS);
      },
      apr_pool_cleanup_null);
}

/// A start or a restart, but no graceful one: whatever still keeps streams from before is to end them.
int beginEpoch(apr_pool_t*, ap_scoreboard_e) {
  return guarded(ap_server_conf, "ending the keepers", OK, [] {
    endKeepers();
    return OK;
  });
}

int startServer(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* mainServer) {
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  guarded(mainServer, "starting the hubs", OK, [&] {
    resolveSites(mainServer, reportToLog);
    SharedMemory::retireOtherLayouts();
    auto memory = SharedMemory::open(mainServer);
    if (const char* name = incompatibleModule()) {
      failAll(mainServer, std::string("mod_mercure cannot work beside ") + name);
    } else if (!memory) {
      failAll(mainServer, memory.error());
    } else {
      Context& made = makeContext(pool, memory->pipe());
      limitContext(mainServer, made);
      watchForTheEnd(pool, mainServer);
      attachHubs(mainServer, *memory, made);
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
    context()->endFetches(kLongestEnd);
    abandonContext();
    return APR_SUCCESS;
  }
  guarded(nullptr, "leaving streams to a keeper", OK, [dispatchers] {
    if (context()->canKeepStreams())
      keepStreams(*context());
    else
      dispatchers->stop();
    // Not by the context's own destructor: at exit, what it relies on may have been destroyed before it.
    context()->closeOwn();
    return OK;
  });
  return APR_SUCCESS;
}

void startChild(apr_pool_t* pool, server_rec* mainServer) {
  if (context() == nullptr) return;
  guarded(mainServer, "starting a child", OK, [&] {
    raiseDescriptorLimit(mainServer);
    context()->startChild();
    // Only an order of its MPM tells whether a child with threads ends for a stop or for something milder.
    context()->letStreamsGoOn(!hasThreadedMpm());
    apr_pool_pre_cleanup_register(pool, nullptr, endChild);
    return OK;
  });
}

/// In any thread, and under prefork even in a signal handler.
void stopChild(apr_pool_t*, int graceful) {
  if (context() == nullptr || context()->dispatchers() == nullptr) return;
  if (hasThreadedMpm()) context()->letStreamsGoOn(graceful != 0);
  context()->dispatchers()->endThreadedStreams();
}

}  // namespace

void registerLifecycleHooks() {
  // Last: the MPM works out there how many workers it may have.
  ap_hook_check_config(testConfiguration, nullptr, nullptr, APR_HOOK_LAST);
  ap_hook_post_config(startServer, nullptr, nullptr, APR_HOOK_MIDDLE);
  // First in, last out: the cleanup it registers runs after other modules' threads have ended.
  ap_hook_child_init(startChild, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_pre_mpm(beginEpoch, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_stopping(stopChild, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace mercure::httpd
