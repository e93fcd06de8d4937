#pragma once

#include <apr_general.h>
#include <apr_pools.h>
#include <sys/ioctl.h>

#include <cstdlib>

#include "hub/broadcast_pipe.h"

namespace mercure::hub::test {

inline int bytesIn(const BroadcastPipe& pipe) {
  int count = -1;
  ioctl(pipe.descriptor(), FIONREAD, &count);
  return count;
}

/// A broadcast pipe with an APR of its own.
class PipeFixture {
 public:
  PipeFixture() {
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool_, nullptr) != APR_SUCCESS ||
        BroadcastPipe::create(pool_, &readEnd_, &writeEnd_) != APR_SUCCESS) {
      std::abort();
    }
  }
  ~PipeFixture() {
    apr_pool_destroy(pool_);
    apr_terminate();
  }
  PipeFixture(const PipeFixture&) = delete;
  PipeFixture& operator=(const PipeFixture&) = delete;

  [[nodiscard]] apr_file_t* readEnd() const { return readEnd_; }
  [[nodiscard]] apr_file_t* writeEnd() const { return writeEnd_; }
  [[nodiscard]] BroadcastPipe pipe() const { return {readEnd_, writeEnd_}; }

 private:
  apr_pool_t* pool_ = nullptr;
  apr_file_t* readEnd_ = nullptr;
  apr_file_t* writeEnd_ = nullptr;
};

}  // namespace mercure::hub::test
