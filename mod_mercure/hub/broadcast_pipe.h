#pragma once

#include <apr_file_io.h>
#include <apr_pools.h>

namespace mercure::hub {

/// The one pipe that wakes every dispatcher of every process: each watches the read end edge-triggered, so
/// one byte wakes them all, and nobody needs to read it. Made in the parent, inherited by its children.
class BroadcastPipe {
 public:
  /// Both ends non-blocking, close-on-exec, from `pool`, which they live as long as. APR's status on failure.
  [[nodiscard]] static apr_status_t create(apr_pool_t* pool, apr_file_t** readEnd, apr_file_t** writeEnd);

  /// The descriptors stay APR's. Both must outlive this object.
  BroadcastPipe(apr_file_t* readEnd, apr_file_t* writeEnd) noexcept;

  /// Wakes every dispatcher: writes one byte; a full pipe is emptied first. Never blocks. Any thread.
  void post() const noexcept;

  /// The read end, for epoll with EPOLLET.
  [[nodiscard]] int descriptor() const noexcept { return readEnd_; }

  /// The other one, for a process that closes whatever it does not know.
  [[nodiscard]] int writeDescriptor() const noexcept { return writeEnd_; }

 private:
  int readEnd_;
  int writeEnd_;
};

}  // namespace mercure::hub
