#pragma once

#include <pthread.h>

namespace mercure::hub {

/// A mutex for shared memory that survives its holder: whoever locks it next is told that the last owner
/// died. Lives in place in the segment; never copied or moved. Every call may come from any thread of any
/// process.
class RobustMutex {
 public:
  enum class Locked { Clean, OwnerDied, No };

  /// Prepares the mutex in freshly created memory; once, before any other process sees it. False when the
  /// system refuses.
  [[nodiscard]] bool initialise() noexcept;

  /// Waits for the lock. `OwnerDied`: it is held now, and what it guards may have been left half changed.
  /// `No`: the memory is not a mutex in a usable state.
  [[nodiscard]] Locked lock() noexcept;
  /// As lock(), but `No` also when another thread holds it.
  [[nodiscard]] Locked tryLock() noexcept;
  void unlock() noexcept;

 private:
  pthread_mutex_t mutex_{};
};

}  // namespace mercure::hub
