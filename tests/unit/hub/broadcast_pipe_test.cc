#include "hub/broadcast_pipe.h"

#include <apr_portable.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "hub/child_process.h"
#include "hub/pipe_fixture.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::size_t kWatchers = 4;
constexpr std::uint32_t kRounds = 3000;

struct Progress {
  std::atomic<std::uint32_t> watching;
  std::atomic<std::uint32_t> posted;  ///< set before each post
  std::array<std::atomic<std::uint32_t>, kWatchers> seen;
};

/// Does as a dispatcher: never reads the pipe, and looks at what was posted each time it is woken.
bool watch(int descriptor, Progress& progress, std::size_t self) {
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
  if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
  ++progress.watching;
  bool woken = true;
  while (woken && progress.seen[self] < kRounds) {
    woken = epoll_wait(poller, &event, 1, 1000 * static_cast<int>(kPatience.count())) == 1;
    progress.seen[self] = progress.posted.load();
  }
  close(poller);
  return woken;
}

void fill(const BroadcastPipe& pipe) {
  int before = -1;
  while (bytesIn(pipe) > before) {
    before = bytesIn(pipe);
    pipe.post();
  }
}

int descriptorOf(apr_file_t* file) {
  apr_os_file_t descriptor = -1;
  apr_os_file_get(&descriptor, file);
  return descriptor;
}

}  // namespace

TEST_GROUP(BroadcastPipe) {
  PipeFixture fixture;
  BroadcastPipe pipe = fixture.pipe();
  SharedObject<Progress> progress;

  /// Posts again and again, each time when every watcher has seen the last one.
  void postEveryRound() {
    CHECK_TRUE(await([&] { return progress->watching == kWatchers; }));
    for (std::uint32_t round = 1; round <= kRounds; ++round) {
      progress->posted = round;
      pipe.post();
      for (const auto& seen : progress->seen) CHECK_TRUE(await([&] { return seen >= round; }));
    }
  }
};

TEST(BroadcastPipe, bothEndsAreNonBlockingAndClosedOnExec) {
  LONGS_EQUAL(descriptorOf(fixture.readEnd()), pipe.descriptor());
  for (apr_file_t* file : {fixture.readEnd(), fixture.writeEnd()}) {
    CHECK_TRUE((fcntl(descriptorOf(file), F_GETFL) & O_NONBLOCK) != 0);
    CHECK_TRUE((fcntl(descriptorOf(file), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST(BroadcastPipe, aPostIsOneByte) {
  pipe.post();
  pipe.post();
  LONGS_EQUAL(2, bytesIn(pipe));
}

TEST(BroadcastPipe, aFullPipeIsEmptiedByThePoster) {
  fill(pipe);
  LONGS_EQUAL(1, bytesIn(pipe));
  for (int i = 0; i < 200'000; ++i) pipe.post();
  CHECK_TRUE(bytesIn(pipe) >= 1);
}

TEST(BroadcastPipe, postersInManyThreadsNeverBlock) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int posts = 0; posts < 50'000; ++posts) pipe.post();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_TRUE(bytesIn(pipe) >= 1);
}

TEST(BroadcastPipe, everyThreadIsWokenByEachPost) {
  std::atomic<std::size_t> good{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kWatchers; ++i) {
    threads.emplace_back([&, i] { good += watch(pipe.descriptor(), *progress, i) ? 1 : 0; });
  }
  postEveryRound();
  for (std::thread& thread : threads) thread.join();
  UNSIGNED_LONGS_EQUAL(kWatchers, good);
}

FORK_TEST(BroadcastPipe, everyProcessIsWokenByEachPostAlsoWhenThePipeRunsFull) {
  fill(pipe);
  const int capacity = fcntl(pipe.descriptor(), F_GETPIPE_SZ);
  while (bytesIn(pipe) < capacity - static_cast<int>(kRounds / 2)) pipe.post();
  std::vector<ChildProcess> children;
  for (std::size_t i = 0; i < kWatchers; ++i) {
    children.emplace_back([&, i] { return watch(pipe.descriptor(), *progress, i); });
  }
  postEveryRound();
  for (ChildProcess& child : children) CHECK_TRUE(child.succeeded());
  CHECK_TRUE(bytesIn(pipe) < static_cast<int>(kRounds));  // it did run full
}

}  // namespace mercure::hub::test
