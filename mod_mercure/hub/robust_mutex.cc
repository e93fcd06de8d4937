#include "hub/robust_mutex.h"

#include <cerrno>

namespace mercure::hub {

namespace {

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

RobustMutex::Locked RobustMutex::lock() noexcept {
  return settle(mutex_, pthread_mutex_lock(&mutex_));
}

RobustMutex::Locked RobustMutex::tryLock() noexcept {
  return settle(mutex_, pthread_mutex_trylock(&mutex_));
}

void RobustMutex::unlock() noexcept {
  pthread_mutex_unlock(&mutex_);
}

}  // namespace mercure::hub
