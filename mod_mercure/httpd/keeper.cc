#include "httpd/keeper.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "httpd/keeper_process.h"
#include "hub/keepers.h"
#include "hub/stream.h"

namespace mercure::httpd {
namespace {

using Streams = std::vector<std::unique_ptr<hub::Stream>>;

constexpr int kLook = 1000;              // milliseconds
constexpr int kLongestTakeOver = 1'000;  // the same
constexpr std::chrono::milliseconds kClosing{10'000};

std::vector<server_rec*> serversOf(const Context& context) {
  std::vector<server_rec*> servers;
  for (const Context::ServedHub& each : context.hubs()) servers.push_back(each.server);
  return servers;
}

std::vector<hub::Segment> segmentsOf(const Context& context) {
  std::vector<hub::Segment> segments;
  for (const Context::ServedHub& each : context.hubs()) segments.push_back(each.hub->segment());
  return segments;
}

/// The life of a keeper, in the process that was forked for it.
class Keeper {
 public:
  explicit Keeper(Context& context)
      : context_(context),
        segments_(segmentsOf(context)),
        termination_(watchForTermination()),
        ends_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    context.startKeeper([this] { ring(); });
  }

  void adopt(Streams streams) {
    for (auto& stream : streams) context_.dispatchers()->adopt(std::move(stream));
  }

  /// Until the last stream has ended; why.
  const char* run() {
    while (context_.dispatchers()->load() > 0) {
      std::array<pollfd, 3> watched{{{context_.parentDescriptor(), POLLIN, 0},
                                     {termination_.number(), POLLIN, 0},
                                     {ends_.number(), POLLIN, 0}}};
      const int ready = poll(watched.data(), watched.size(), kLook);
      if (watched[0].revents != 0 && ready > 0) return "httpd has gone";
      if (watched[1].revents != 0 && ready > 0) return "it was asked to";
      silence();
      if (!closing_ && hub::isKeeperTooMany(segments_, context_.maxKeepers(), getpid())) {
        closing_ = true;
        context_.dispatchers()->closeWithin(kClosing);
      }
    }
    return "its last stream has ended";
  }

 private:
  void ring() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(ends_.number(), &one, sizeof one);
  }
  void silence() const noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = read(ends_.number(), &count, sizeof count);
  }

  Context& context_;
  std::vector<hub::Segment> segments_;
  hub::Descriptor termination_;
  hub::Descriptor ends_;
  bool closing_ = false;
};

std::vector<int> descriptorsOf(const Context& context, const Streams& streams, int ready) {
  std::vector<int> kept{context.pipe().descriptor(), context.pipe().writeDescriptor(),
                        context.parentDescriptor(), ready};
  for (const auto& stream : streams) kept.push_back(stream->descriptor());
  return kept;
}

[[noreturn]] void liveAsKeeper(Context& context, Streams streams, int ready) noexcept {
  try {
    const std::size_t count = streams.size();
    standAlone(descriptorsOf(context, streams, ready), serversOf(context));
    Keeper keeper(context);
    keeper.adopt(std::move(streams));
    const char done = 0;
    [[maybe_unused]] const ssize_t written = write(ready, &done, 1);
    close(ready);
    server_rec* server = context.hubs().front().server;
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, server,
                 MERCURE_LOG_ID(0021) "a keeper carries on %lu %s of child %d",
                 static_cast<unsigned long>(count), count == 1 ? "stream" : "streams",
                 static_cast<int>(context.childPid()));
    const char* reason = keeper.run();
    context.dispatchers()->stop();
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, server, MERCURE_LOG_ID(0022) "a keeper ends: %s", reason);
  } catch (...) {
    // The sockets close, and the clients come back.
  }
  _exit(0);
}

/// In the child: until the keeper has the streams, or has failed.
void awaitKeeper(int ready) {
  pollfd watched{ready, POLLIN, 0};
  while (poll(&watched, 1, kLongestTakeOver) < 0 && errno == EINTR) {
  }
}

void endStreams(Context& context, Streams streams) {
  context.startKeeper([] {});
  for (auto& stream : streams) context.dispatchers()->adopt(std::move(stream));
  context.dispatchers()->stop();
}

}  // namespace

void keepStreams(Context& context) {
  hub::Dispatchers& own = *context.dispatchers();
  Streams streams = own.setAside();
  // Neither LMDB nor a thread can be carried across a fork: whoever goes on opens its own.
  context.closeOwn();
  std::array<int, 2> ready{-1, -1};
  const bool wanted = !streams.empty() && pipe(ready.data()) == 0;
  hub::Descriptor readEnd(ready[0]);
  hub::Descriptor writeEnd(ready[1]);
  const pid_t keeper = wanted ? fork() : -1;
  if (keeper == 0) liveAsKeeper(context, std::move(streams), writeEnd.number());
  if (keeper > 0) {
    writeEnd = hub::Descriptor();
    awaitKeeper(readEnd.number());
    own.letGo();
    return;
  }
  if (!streams.empty()) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, context.hubs().front().server,
                 MERCURE_LOG_ID(0023) "no keeper can be forked, and %lu streams end with their child: %s; "
                                      "TasksMax= (systemd) or ulimit -u limits how many processes there may be",
                 static_cast<unsigned long>(streams.size()), std::strerror(errno));
    own.letGo();
    endStreams(context, std::move(streams));
    return;
  }
  own.letGo();
}

}  // namespace mercure::httpd
