#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "httpd/module.h"
#include "hub/dispatchers.h"
#include "hub/hub.h"
#include "hub/selector_cache.h"

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

  explicit Context(hub::BroadcastPipe broadcastPipe) : pipe_(broadcastPipe) {}

  /// The hub of that name, added at the first call. Parent only.
  hub::Hub& addHub(const std::string& name, std::span<std::byte> segment, server_rec* server);

  /// Makes the child's dispatchers; no thread starts yet. Child only, once.
  void startChild(std::size_t maxDispatchers);

  [[nodiscard]] const std::vector<ServedHub>& hubs() const noexcept { return hubs_; }
  [[nodiscard]] hub::SelectorCache& selectors() noexcept { return selectors_; }
  /// Null in the parent.
  [[nodiscard]] hub::Dispatchers* dispatchers() noexcept { return dispatchers_.get(); }
  /// HTTP/2 streams that hold a thread of this child.
  [[nodiscard]] std::atomic<int>& http2Streams() noexcept { return http2Streams_; }

 private:
  static constexpr std::size_t kSelectorMemory = 256UL << 20U;

  void logEnd(const hub::StreamEnd& end) const noexcept;

  hub::BroadcastPipe pipe_;
  std::vector<ServedHub> hubs_;
  hub::SelectorCache selectors_{kSelectorMemory};
  std::unique_ptr<hub::Dispatchers> dispatchers_;
  std::atomic<int> http2Streams_{0};
};

/// This process's context; null before the configuration has been read, and where no hub is on.
[[nodiscard]] Context* context() noexcept;

/// Puts a new context in place; `pool` takes it away again. Parent only.
Context& makeContext(apr_pool_t* pool, hub::BroadcastPipe pipe);

}  // namespace mercure::httpd
