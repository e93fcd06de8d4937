#include "hub/broadcast_pipe.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include <apr_portable.h>

namespace mercure::hub {

namespace {

int descriptorOf(apr_file_t* file) noexcept {
  apr_os_file_t descriptor = -1;
  apr_os_file_get(&descriptor, file);
  return descriptor;
}

ssize_t writeByte(int descriptor) noexcept {
  constexpr char kByte = 0;
  ssize_t written = 0;
  do {
    written = write(descriptor, &kByte, 1);
  } while (written < 0 && errno == EINTR);
  return written;
}

void drain(int descriptor) noexcept {
  std::array<char, 4096> discarded;  // NOLINT(cppcoreguidelines-pro-type-member-init): only written to
  ssize_t taken = 0;
  do {
    taken = read(descriptor, discarded.data(), discarded.size());
  } while (taken == static_cast<ssize_t>(discarded.size()) || (taken < 0 && errno == EINTR));
}

}  // namespace

apr_status_t BroadcastPipe::create(apr_pool_t* pool, apr_file_t** readEnd, apr_file_t** writeEnd) {
  apr_status_t status = apr_file_pipe_create_ex(readEnd, writeEnd, APR_FULL_NONBLOCK, pool);
  if (status == APR_SUCCESS) status = apr_file_inherit_unset(*readEnd);
  if (status == APR_SUCCESS) status = apr_file_inherit_unset(*writeEnd);
  return status;
}

BroadcastPipe::BroadcastPipe(apr_file_t* readEnd, apr_file_t* writeEnd) noexcept
    : readEnd_(descriptorOf(readEnd)), writeEnd_(descriptorOf(writeEnd)) {
}

void BroadcastPipe::post() const noexcept {
  if (writeByte(writeEnd_) == 1 || errno != EAGAIN) return;
  drain(readEnd_);
  // Full once more means that others have posted since: their bytes have woken everybody for us too.
  writeByte(writeEnd_);
}

}  // namespace mercure::hub
