#include "hub/robust_mutex.h"

#include <linux/futex.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <thread>

#include "hub/child_process.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

using Locked = RobustMutex::Locked;

TEST_GROUP(RobustMutex) {
  SharedObject<RobustMutex> shared;
  RobustMutex& mutex = *shared;

  void setup() override {
    CHECK_TRUE(mutex.initialise());
  }

  /// Where the system notes the owner, and whether anybody waits.
  std::atomic_ref<std::uint32_t> futex() {
    return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(&mutex));
  }
  bool isWaitedFor() {
    return (futex() & FUTEX_WAITERS) != 0;
  }

  /// Waits for the lock and lets go of it; whether it came clean.
  bool takesItsTurn() {
    const bool locked = mutex.lock() == Locked::Clean;
    mutex.unlock();
    return locked;
  }

  Locked tryLockInAnotherThread() {
    Locked result = Locked::Clean;
    std::thread([&] {
      result = mutex.tryLock();
      if (result != Locked::No) mutex.unlock();
    }).join();
    return result;
  }
};

TEST(RobustMutex, locksAndUnlocks) {
  CHECK_TRUE(mutex.lock() == Locked::Clean);
  CHECK_TRUE(tryLockInAnotherThread() == Locked::No);
  mutex.unlock();
  CHECK_TRUE(tryLockInAnotherThread() == Locked::Clean);
}

TEST(RobustMutex, itsOwnerCannotTakeItTwice) {
  CHECK_TRUE(mutex.tryLock() == Locked::Clean);
  CHECK_TRUE(mutex.tryLock() == Locked::No);
  mutex.unlock();
  CHECK_TRUE(mutex.tryLock() == Locked::Clean);
  mutex.unlock();
}

TEST(RobustMutex, tellsThatAThreadEndedWithIt) {
  std::thread([this] { static_cast<void>(mutex.lock()); }).join();
  CHECK_TRUE(mutex.tryLock() == Locked::OwnerDied);
  mutex.unlock();
  CHECK_TRUE(mutex.lock() == Locked::Clean);
  mutex.unlock();
}

TEST(RobustMutex, oneThatWasGivenUpIsRefused) {
  std::thread([this] { static_cast<void>(mutex.lock()); }).join();
  auto* raw = reinterpret_cast<pthread_mutex_t*>(&mutex);
  LONGS_EQUAL(EOWNERDEAD, pthread_mutex_lock(raw));
  pthread_mutex_unlock(raw);  // without having made it consistent
  CHECK_TRUE(mutex.lock() == Locked::No);
  CHECK_TRUE(mutex.tryLock() == Locked::No);
}

FORK_TEST(RobustMutex, excludesOtherProcesses) {
  CHECK_TRUE(mutex.lock() == Locked::Clean);
  CHECK_TRUE(ChildProcess([this] { return mutex.tryLock() == Locked::No; }).succeeded());
  mutex.unlock();
  CHECK_TRUE(ChildProcess([this] { return takesItsTurn(); }).succeeded());
}

FORK_TEST(RobustMutex, wakesAWaiterInAnotherProcess) {
  for (int i = 0; i < 20; ++i) {
    CHECK_TRUE(mutex.lock() == Locked::Clean);
    ChildProcess waiter([this] { return takesItsTurn(); });
    CHECK_TRUE(await([this] { return isWaitedFor(); }));
    mutex.unlock();
    CHECK_TRUE(waiter.succeeded());
  }
}

// A waiter that is killed right after it was woken takes the wake-up along. If somebody else has taken the
// lock by then, nothing says any more that others still wait.
FORK_TEST(RobustMutex, isGotByAWaiterWhoseWakeUpAnotherTookAlong) {
  for (int i = 0; i < 5; ++i) {
    CHECK_TRUE(mutex.lock() == Locked::Clean);
    ChildProcess waiter([this] { return takesItsTurn(); });
    CHECK_TRUE(await([this] { return isWaitedFor(); }));
    futex() &= ~FUTEX_WAITERS;
    mutex.unlock();
    CHECK_TRUE(waiter.succeeded());
  }
}

FORK_TEST(RobustMutex, tellsOnceThatItsOwnerDied) {
  ChildProcess owner([this] {
    static_cast<void>(mutex.lock());
    raise(SIGKILL);
    return true;
  });
  CHECK_FALSE(owner.succeeded());
  CHECK_TRUE(mutex.lock() == Locked::OwnerDied);
  CHECK_TRUE(tryLockInAnotherThread() == Locked::No);
  mutex.unlock();
  CHECK_TRUE(mutex.tryLock() == Locked::Clean);
  mutex.unlock();
}

FORK_TEST(RobustMutex, tellsOfEveryOwnerThatDied) {
  for (int i = 0; i < 20; ++i) {
    ChildProcess dying([this] {
      return mutex.tryLock() == Locked::OwnerDied;  // and exits without unlocking
    });
    // The first finds a clean lock; each later one is told of the one before it.
    CHECK_EQUAL(i > 0, dying.succeeded());
  }
  CHECK_TRUE(mutex.tryLock() == Locked::OwnerDied);
  mutex.unlock();
}

FORK_TEST(RobustMutex, wakesAWaiterWhenItsOwnerIsKilled) {
  SharedObject<std::atomic<bool>> held;
  ChildProcess owner([&] {
    static_cast<void>(mutex.lock());
    *held = true;
    pause();
    return false;
  });
  CHECK_TRUE(await([&] { return held->load(); }));
  Locked result = Locked::No;
  std::thread waiter([&] {
    result = mutex.lock();
    mutex.unlock();
  });
  owner.kill();
  waiter.join();
  CHECK_TRUE(result == Locked::OwnerDied);
}

}  // namespace mercure::hub::test
