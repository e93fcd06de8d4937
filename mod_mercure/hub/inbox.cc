#include "hub/inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "hub/replay.h"
#include "hub/stream.h"

namespace mercure::hub {

Inbox::Inbox() : bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
}

Inbox::~Inbox() = default;

bool Inbox::put(std::unique_ptr<Stream>& stream) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    streams_.push_back(std::move(stream));
  }
  ring();
  return true;
}

void Inbox::put(std::shared_ptr<Replay> replay) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    replay->putBefore(std::move(replays_));
    replays_ = std::move(replay);
  }
  ring();
}

void Inbox::ring() const noexcept {
  const int error = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(bell_.number(), &one, sizeof one);
  errno = error;
}

void Inbox::tellFinished() noexcept {
  finished_ = true;
  ring();
}

void Inbox::tellDrained() noexcept {
  drained_ = true;
  ring();
}

void Inbox::silence() const noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(bell_.number(), &count, sizeof count);
}

std::vector<std::unique_ptr<Stream>> Inbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(streams_, {});
}

std::shared_ptr<Replay> Inbox::takeReplays() {
  const std::lock_guard lock(mutex_);
  return std::move(replays_);
}

std::vector<std::unique_ptr<Stream>> Inbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  // One by one, for each of them holds this object.
  for (auto replay = std::move(replays_); replay != nullptr;) replay = replay->takeNext();
  return std::exchange(streams_, {});
}

}  // namespace mercure::hub
