#include "hub/robust_mutex.h"

#include <cerrno>
#include <ctime>

namespace mercure::hub {

namespace {

#if !defined(__SANITIZE_THREAD__)
constexpr long kLongestSleep = 100'000'000;  // nanoseconds
constexpr long kSecond = 1'000'000'000;

timespec soon() noexcept {
  timespec moment{};
  clock_gettime(CLOCK_MONOTONIC, &moment);
  moment.tv_nsec += kLongestSleep;
  if (moment.tv_nsec >= kSecond) {
    moment.tv_nsec -= kSecond;
    ++moment.tv_sec;
  }
  return moment;
}
#endif

RobustMutex::Locked settle(pthread_mutex_t& mutex, int status) noexcept {
  if (status == 0) return RobustMutex::Locked::Clean;
  if (status != EOWNERDEAD) return RobustMutex::Locked::No;
  if (pthread_mutex_consistent(&mutex) == 0) return RobustMutex::Locked::OwnerDied;
  pthread_mutex_unlock(&mutex);
  return RobustMutex::Locked::No;
}

}  // namespace

bool RobustMutex::initialise() noexcept {
  pthread_mutexattr_t attributes;
  if (pthread_mutexattr_init(&attributes) != 0) return false;
  const bool made = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0 &&
                    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0 &&
                    pthread_mutex_init(&mutex_, &attributes) == 0;
  pthread_mutexattr_destroy(&attributes);
  return made;
}

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer does not follow pthread_mutex_clocklock(); nobody is killed where it looks.
RobustMutex::Locked RobustMutex::lock() noexcept {
  return settle(mutex_, pthread_mutex_lock(&mutex_));
}
#else
RobustMutex::Locked RobustMutex::lock() noexcept {
  // A waiter that is killed when it has just been woken takes the wake-up along, and with it all trace of the
  // others: so each looks by itself now and then.
  for (;;) {
    const timespec until = soon();
    const int status = pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until);
    if (status != ETIMEDOUT) return settle(mutex_, status);
  }
}
#endif

RobustMutex::Locked RobustMutex::tryLock() noexcept {
  return settle(mutex_, pthread_mutex_trylock(&mutex_));
}

void RobustMutex::unlock() noexcept {
  pthread_mutex_unlock(&mutex_);
}

}  // namespace mercure::hub
