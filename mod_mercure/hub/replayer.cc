#include "hub/replayer.h"

#include <pthread.h>

#include <new>
#include <system_error>
#include <utility>

#include "hub/replay.h"
#include "hub/signals_blocked.h"

namespace mercure::hub {

Replayer::~Replayer() {
  stop();
}

bool Replayer::add(std::shared_ptr<Replay> replay) {
  const std::lock_guard lock(mutex_);
  if (isStopped_) return false;
  if (!thread_.joinable()) {
    try {
      const SignalsBlocked inherited;
      thread_ = std::thread(&Replayer::run, this);
    } catch (const std::system_error&) {
      return false;
    }
  }
  waiting_.push_back(std::move(replay));
  changed_.notify_one();
  return true;
}

void Replayer::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    isStopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  waiting_.clear();
}

void Replayer::run() noexcept {
  pthread_setname_np(pthread_self(), "mercure-replay");
  while (auto replay = take()) {
    if (replay->readSome())
      Replay::deliver(std::move(replay));
    else
      putBack(std::move(replay));
  }
}

/// Null at the end.
std::shared_ptr<Replay> Replayer::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return isStopped_ || !waiting_.empty(); });
  if (isStopped_) return nullptr;
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  return first;
}

void Replayer::putBack(std::shared_ptr<Replay> replay) {
  const std::lock_guard lock(mutex_);
  try {
    waiting_.push_back(replay);
  } catch (const std::bad_alloc&) {
    // Its batch is a smaller one then.
    Replay::deliver(std::move(replay));
  }
}

}  // namespace mercure::hub
