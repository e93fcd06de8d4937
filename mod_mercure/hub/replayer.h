#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace mercure::hub {

class Replay;

/// The thread that reads the past for one process's streams, started with the first of them. It goes round:
/// nobody's replay waits for the end of another one's. Any thread.
class Replayer {
 public:
  Replayer() = default;
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;
  ~Replayer();

  /// Reads the next batch of `replay`, and gives it to its dispatcher then. False when the system refuses a
  /// thread, or after stop(). May throw std::bad_alloc.
  [[nodiscard]] bool add(std::shared_ptr<Replay> replay);

  /// Ends the thread; what waits is dropped.
  void stop() noexcept;

 private:
  void run() noexcept;
  [[nodiscard]] std::shared_ptr<Replay> take();
  void putBack(std::shared_ptr<Replay> replay);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Replay>> waiting_;
  bool isStopped_ = false;
  std::thread thread_;
};

}  // namespace mercure::hub
