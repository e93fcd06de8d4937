#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "endpoint/remote_key_set.h"
#include "httpd/module.h"
#include "hub/descriptor.h"
#include "hub/dispatchers.h"
#include "hub/hub.h"
#include "hub/matcher_cache.h"

namespace mercure::httpd {

/// Everything the module keeps in a process, in one place. Made in the parent when the configuration has been
/// read, inherited by every child through the fork, gone when the configuration is read again.
class Context {
 public:
  /// One hub, and the first virtual host that serves it: whose error log gets the streams' ends.
  struct ServedHub {
    std::unique_ptr<hub::Hub> hub;
    server_rec* server;
  };

  explicit Context(hub::BroadcastPipe broadcastPipe);

  /// The hub of that name, added at the first call. Parent only.
  hub::Hub& addHub(const std::string& name, std::span<std::byte> segment,
                   const std::optional<hub::HistoryOptions>& history, server_rec* server);

  /// Tells every hub's processes that the configuration is about to be read again. Any process; the parent
  /// alone does it.
  void leave() const noexcept;

  /// How many dispatcher threads a process may have, and how many keepers the server. Parent only.
  void limit(std::size_t maxDispatchers, std::size_t maxKeepers) noexcept;

  /// Makes the child's dispatchers; no thread starts yet. Child only, once.
  void startChild();
  /// Makes other dispatchers, for a keeper's streams; the child's own, whose threads a fork has not, stay
  /// untouched for ever. `streamEnded` is called on a dispatcher's thread whenever a stream has ended.
  void startKeeper(std::function<void()> streamEnded);

  /// A key set that is fetched by this process's children. Parent only.
  void addKeySet(std::shared_ptr<endpoint::RemoteKeySet> keySet) { keySets_.push_back(std::move(keySet)); }

  /// Closes what has threads or files of its own, every hub's history and key sets, while no other thread
  /// uses one.
  void closeOwn() const noexcept;
  /// Has fetches of key sets end, and waits for that, but no longer than `limit`: where no thread may be
  /// joined, even in a signal handler.
  void endFetches(std::chrono::milliseconds limit) const noexcept;

  /// Whether the child may leave its streams to a keeper when it ends: says its MPM. Any thread.
  void letStreamsGoOn(bool may) noexcept { streamsMayGoOn_ = may; }
  [[nodiscard]] bool canKeepStreams() const noexcept;
  [[nodiscard]] std::size_t maxKeepers() const noexcept { return maxKeepers_; }

  /// Whether this process is httpd's parent, not a child of it.
  [[nodiscard]] bool isParent() const noexcept;
  /// Becomes readable when the parent has gone. Children and keepers only.
  [[nodiscard]] int parentDescriptor() const noexcept { return parent_.number(); }
  [[nodiscard]] pid_t childPid() const noexcept { return childPid_; }

  [[nodiscard]] const std::vector<ServedHub>& hubs() const noexcept { return hubs_; }
  [[nodiscard]] std::vector<hub::Hub*> hubPointers() const;
  [[nodiscard]] const hub::BroadcastPipe& pipe() const noexcept { return pipe_; }
  [[nodiscard]] hub::MatcherCache& matchers() noexcept { return matchers_; }
  /// Null in the parent.
  [[nodiscard]] hub::Dispatchers* dispatchers() noexcept { return dispatchers_.get(); }
  /// HTTP/2 streams that hold a thread of this child.
  [[nodiscard]] std::atomic<int>& http2Streams() noexcept { return http2Streams_; }

 private:
  static constexpr std::size_t kMatcherMemory = 256UL << 20U;

  void logEnd(const hub::StreamEnd& end) const noexcept;
  void startDispatchers(hub::SlotKind kind, std::function<void()> streamEnded);

  hub::BroadcastPipe pipe_;
  std::vector<ServedHub> hubs_;
  std::vector<std::shared_ptr<endpoint::RemoteKeySet>> keySets_;
  hub::MatcherCache matchers_{kMatcherMemory};
  std::unique_ptr<hub::Dispatchers> dispatchers_;
  std::size_t maxDispatchers_ = 1;
  std::size_t maxKeepers_ = 0;
  pid_t parentPid_;
  pid_t childPid_ = 0;
  hub::Descriptor parent_;
  std::atomic<bool> streamsMayGoOn_{false};
  std::atomic<int> http2Streams_{0};
};

/// This process's context; null before the configuration has been read, and where no hub is on.
[[nodiscard]] Context* context() noexcept;

/// Leaves this process's context as it is for ever, threads and all: for a process that exits where nothing
/// may be waited for.
void abandonContext() noexcept;

/// Puts a new context in place; `pool` takes it away again. Parent only.
Context& makeContext(apr_pool_t* pool, hub::BroadcastPipe pipe);

}  // namespace mercure::httpd
