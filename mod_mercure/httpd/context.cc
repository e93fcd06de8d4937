#include "httpd/context.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include <http_core.h>

#include "httpd/guard.h"

namespace mercure::httpd {
namespace {

// The module's only mutable global: set once before any thread exists, read by all of them.
std::unique_ptr<Context> current;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

std::string inWords(hub::HistoryTrouble::Kind kind) {
  switch (kind) {
    case hub::HistoryTrouble::Kind::Refused:
      return "updates could not be stored: their publishers got 503, and nobody received them";
    case hub::HistoryTrouble::Kind::Lost:
      return "updates could not be stored: they were delivered, but who was away will miss them";
    case hub::HistoryTrouble::Kind::Unreadable:
      return "subscribers could not be sent what they missed, and were told to come back";
  }
  return {};
}

void logTrouble(const std::string& hub, const server_rec* server,
                const hub::HistoryTrouble& trouble) noexcept {
  guarded(server, "telling of trouble with the history", OK, [&] {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server, MERCURE_LOG_ID(0024) "hub %s: %lu %s: %s", hub.c_str(),
                 static_cast<unsigned long>(trouble.count), inWords(trouble.kind).c_str(),
                 describe(trouble.fault).c_str());
    return OK;
  });
}

}  // namespace

Context* context() noexcept {
  return current.get();
}

void abandonContext() noexcept {
  (void)current.release();  // NOLINT(bugprone-unused-return-value): on purpose
}

Context& makeContext(apr_pool_t* pool, hub::BroadcastPipe pipe) {
  current = std::make_unique<Context>(pipe);
  apr_pool_cleanup_register(
      pool, nullptr,
      [](void*) {
        current->leave();
        current.reset();
        return static_cast<apr_status_t>(APR_SUCCESS);
      },
      apr_pool_cleanup_null);
  return *current;
}

Context::Context(hub::BroadcastPipe broadcastPipe) : pipe_(broadcastPipe), parentPid_(getpid()) {
}

hub::Hub& Context::addHub(const std::string& name, std::span<std::byte> segment,
                          const std::optional<hub::HistoryOptions>& history, server_rec* server) {
  const auto found =
      std::find_if(hubs_.begin(), hubs_.end(), [&](const auto& each) { return each.hub->name() == name; });
  if (found != hubs_.end()) return *found->hub;
  auto hub = std::make_unique<hub::Hub>(name, segment, pipe_, history);
  hub->observeTrouble(
      [name, server](const hub::HistoryTrouble& trouble) { logTrouble(name, server, trouble); });
  return *hubs_.emplace_back(ServedHub{std::move(hub), server}).hub;
}

void Context::leave() const noexcept {
  // At the end of httpd the segments may have gone already, and keepers are ended in another way.
  if (!isParent() || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING) return;
  for (const ServedHub& each : hubs_) hub::leave(each.hub->segment());
}

void Context::limit(std::size_t maxDispatchers, std::size_t maxKeepers) noexcept {
  maxDispatchers_ = maxDispatchers;
  maxKeepers_ = maxKeepers;
}

std::vector<hub::Hub*> Context::hubPointers() const {
  std::vector<hub::Hub*> pointers;
  for (const ServedHub& each : hubs_) pointers.push_back(each.hub.get());
  return pointers;
}

void Context::startChild() {
  childPid_ = getpid();
  if (!isParent()) {
    // glibc 2.36 declares its own function for it without C linkage.
    parent_ = hub::Descriptor(static_cast<int>(syscall(SYS_pidfd_open, parentPid_, 0)));
    // A parent that had gone before may have had its number taken.
    if (getppid() != parentPid_) parent_ = hub::Descriptor();
  }
  for (const ServedHub& each : hubs_) each.hub->enterEpoch();
  startDispatchers(hub::SlotKind::Child, [] {});
}

void Context::startKeeper(std::function<void()> streamEnded) {
  (void)dispatchers_.release();  // NOLINT(bugprone-unused-return-value): joining its threads would never end
  startDispatchers(hub::SlotKind::Keeper, std::move(streamEnded));
}

void Context::startDispatchers(hub::SlotKind kind, std::function<void()> streamEnded) {
  hub::DispatcherOptions options;
  options.kind = kind;
  options.maxDispatchers = maxDispatchers_;
  options.streamEnded = [this, streamEnded = std::move(streamEnded)](const hub::StreamEnd& end) {
    logEnd(end);
    streamEnded();
  };
  dispatchers_ = std::make_unique<hub::Dispatchers>(hubPointers(), pipe_, std::move(options));
}

void Context::closeOwn() const noexcept {
  for (const auto& keySet : keySets_) keySet->close();
  for (const ServedHub& each : hubs_)
    if (hub::History* history = each.hub->history()) history->close();
}

void Context::endFetches(std::chrono::milliseconds limit) const noexcept {
  for (const auto& keySet : keySets_) keySet->requestEnd();
  for (const auto& keySet : keySets_) (void)keySet->awaitEnd(limit);
}

bool Context::canKeepStreams() const noexcept {
  return streamsMayGoOn_ && maxKeepers_ > 0 && parent_;
}

bool Context::isParent() const noexcept {
  return getpid() == parentPid_;
}

void Context::logEnd(const hub::StreamEnd& end) const noexcept {
  const auto found =
      std::find_if(hubs_.begin(), hubs_.end(), [&](const auto& each) { return each.hub.get() == &end.hub; });
  const server_rec* server = found != hubs_.end() ? found->server : nullptr;
  if (!APLOG_IS_LEVEL(server, APLOG_INFO)) return;
  const std::string_view reason = hub::describe(end.reason);
  ap_log_error(
      APLOG_MARK, APLOG_INFO, 0, server,
      MERCURE_LOG_ID(0020) "hub %s: stream of %.*s ended after %.3f s, %lu events and %lu bytes: %.*s",
      end.hub.name().c_str(), static_cast<int>(end.subscriberId.size()), end.subscriberId.data(),
      static_cast<double>(end.duration.count()) / 1000, static_cast<unsigned long>(end.events),
      static_cast<unsigned long>(end.bytes), static_cast<int>(reason.size()), reason.data());
}

}  // namespace mercure::httpd
