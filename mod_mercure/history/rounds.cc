#include "history/rounds.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace mercure::history {

void Rounds::end() noexcept {
  count_.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &count_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void Rounds::await(std::uint32_t seen, std::chrono::milliseconds limit) const noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const std::chrono::nanoseconds rest = limit - seconds;
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
  // The kernel compares the count once more before it lets the thread sleep: no end is missed.
  syscall(SYS_futex, &count_, FUTEX_WAIT, seen, &timeout, nullptr, 0);
}

}  // namespace mercure::history
