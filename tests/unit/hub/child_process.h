#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <utility>

// ThreadSanitizer does not follow what forked processes do in shared memory: there, threads alone are tested.
#if defined(__SANITIZE_THREAD__)
#define MERCURE_WITHOUT_FORKS
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MERCURE_WITHOUT_FORKS
#endif
#endif
#if defined(MERCURE_WITHOUT_FORKS)
#define FORK_TEST(group, name) IGNORE_TEST(group, name)
#else
#define FORK_TEST(group, name) TEST(group, name)
#endif

namespace mercure::hub::test {

inline constexpr std::chrono::seconds kPatience{60};

/// Waits until `condition` holds; false when that took longer than any healthy run does.
template <typename Condition>
[[nodiscard]] bool await(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Has the kernel kill this process some time from now, wherever it is then.
[[nodiscard]] inline bool dieIn(std::chrono::nanoseconds delay) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  const itimerspec once{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = delay.count()}};
  return timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &once, nullptr) == 0;
}

/// A forked process that runs `body` and exits with 0 when it gives true. Killed, if need be, and reaped
/// here.
class ChildProcess {
 public:
  template <typename Body>
  explicit ChildProcess(Body body) : pid_(fork()) {
    if (pid_ < 0) std::abort();
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(2 * static_cast<unsigned>(kPatience.count()));  // a child that hangs fails its test
    _exit(body() ? 0 : 1);
  }
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() { kill(); }

  /// Kills it with SIGKILL and waits until it is gone.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    static_cast<void>(succeeded());
  }

  /// Waits for its end: whether `body` gave true.
  [[nodiscard]] bool succeeded() {
    int status = -1;
    if (pid_ > 0) waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_;
};

}  // namespace mercure::hub::test
