#include "httpd/keeper_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <apr_portable.h>

namespace mercure::httpd {
namespace {

constexpr std::string_view kTitle = "mercure: keeper";
// Of the numbers in /proc/PID/stat that follow the command's name and the state (proc(5)).
constexpr std::size_t kArgumentsStart = 44;
constexpr std::size_t kArgumentsEnd = 45;

bool isFile(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

void closeBetween(int first, int last) {
  if (first > last || close_range(static_cast<unsigned>(first), static_cast<unsigned>(last), 0) == 0) return;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const int end = static_cast<int>(std::min<rlim_t>(files.rlim_max, 1U << 20U));
  for (int descriptor = first; descriptor <= std::min(last, end); ++descriptor) close(descriptor);
}

void closeAllBut(const std::vector<int>& kept) {
  int first = STDERR_FILENO + 1;
  for (const int descriptor : kept) {
    closeBetween(first, descriptor - 1);
    first = std::max(first, descriptor + 1);
  }
  closeBetween(first, INT_MAX);
}

std::vector<int> logsOf(std::span<server_rec* const> servers) {
  std::vector<int> logs{STDERR_FILENO};
  for (const server_rec* server : servers) {
    apr_os_file_t log = -1;
    if (server->error_log != nullptr && apr_os_file_get(&log, server->error_log) == APR_SUCCESS && log > 0)
      logs.push_back(log);
  }
  return logs;
}

/// A number that httpd still writes to must not become another file's.
void silence(int descriptor, int null) {
  dup2(null, descriptor);
}

void restoreSignals() {
  for (const int number : {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE}) signal(number, SIG_IGN);
  for (const int number : {SIGTERM, SIGCHLD, SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE})
    signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

/// Writes the title where the kernel looks for the command's arguments.
void showTitle() {
  prctl(PR_SET_NAME, "mercure-keeper");
  std::ifstream file("/proc/self/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t nameEnd = text.rfind(')');
  if (nameEnd == std::string::npos) return;
  std::vector<std::uintptr_t> numbers;
  const char* place = text.c_str() + nameEnd + 3;  // past the blank and the state's letter
  for (char* next = nullptr;; place = next) {
    const auto number = std::strtoull(place, &next, 10);
    if (next == place) break;
    numbers.push_back(number);
  }
  if (numbers.size() <= kArgumentsEnd || numbers[kArgumentsStart] == 0) return;
  // The kernel's word for a place in our own memory.
  auto* arguments = reinterpret_cast<char*>(numbers[kArgumentsStart]);  // NOLINT(performance-no-int-to-ptr)
  const std::size_t size = numbers[kArgumentsEnd] - numbers[kArgumentsStart];
  if (size <= kTitle.size()) return;
  std::memset(arguments, 0, size);
  std::memcpy(arguments, kTitle.data(), kTitle.size());
}

}  // namespace

void standAlone(std::span<const int> kept, std::span<server_rec* const> servers) {
  setsid();
  const hub::Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  std::vector<int> all(kept.begin(), kept.end());
  for (const int log : logsOf(servers)) {
    if (!isFile(log)) silence(log, null.number());
    all.push_back(log);
  }
  silence(STDIN_FILENO, null.number());
  silence(STDOUT_FILENO, null.number());
  std::ranges::sort(all);
  closeAllBut(all);
  restoreSignals();
  showTitle();
}

hub::Descriptor watchForTermination() {
  sigset_t termination;
  sigemptyset(&termination);
  sigaddset(&termination, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &termination, nullptr);
  return hub::Descriptor(signalfd(-1, &termination, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace mercure::httpd
