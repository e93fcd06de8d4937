#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "history/temporary_directory.h"
#include "hub/child_process.h"
#include "hub/hub.h"
#include "hub/pipe_fixture.h"
#include "hub/sample_records.h"
#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

/// A hub with a history on a disk that tests make slow, and make fail. No dispatchers.
class ArchivedHub {
 public:
  explicit ArchivedHub(std::size_t logSize, HistoryOptions theOptions = {})
      : options(std::move(theOptions)),
        shared_(std::in_place, logSize, 4U, options.sync ? HistoryMode::Synced : HistoryMode::Written) {
    options.directory = directory_.path();
    options.beforeSync = [this] {
      ++syncs;
      if (onSync) onSync();
      std::this_thread::sleep_for(syncTime);
      return syncError.load();
    };
  }

  HistoryOptions options;  ///< for the hub that is opened next
  std::atomic<int> syncs{0};
  std::atomic<int> syncError{0};  ///< an errno
  std::chrono::milliseconds syncTime{0};
  std::function<void()> onSync;

  /// Opened at the first use, by the process that uses it.
  Hub& hub() {
    if (!hub_) hub_.emplace("example.com", shared_->bytes(), pipe_, options);
    return *hub_;
  }
  void close() { hub_.reset(); }
  /// The log begins anew, as after a restart of the server.
  void forgetTheLog(std::size_t logSize) {
    close();
    shared_.emplace(logSize, 4U, options.sync ? HistoryMode::Synced : HistoryMode::Written);
  }

  [[nodiscard]] const BroadcastPipe& pipe() const { return pipe_; }
  [[nodiscard]] Segment segment() const { return shared_->segment(); }
  [[nodiscard]] LogState& log() const { return segment().log(); }
  [[nodiscard]] Counters& counters() const { return segment().counters(); }
  history::Archive& archive() {
    const auto opened = hub().history()->archive();
    if (!opened) FAIL(history::describe(opened.error()).c_str());
    return **opened;
  }

  template <typename T>
  static T value(tl::expected<T, history::Fault> result) {
    if (!result) FAIL(history::describe(result.error()).c_str());
    return *std::move(result);
  }

  tl::expected<std::uint64_t, PublishError> publish(const std::string& id, std::size_t eventSize = 100) {
    const std::vector<std::string> topics{"a"};
    return hub().publish({topics, id, std::string(eventSize, 'e'), {}});
  }

  /// The ids in the archive, the oldest first.
  std::vector<std::string> archived() {
    std::vector<std::string> ids;
    history::Slice slice;
    std::uint64_t after = 0;
    do {
      if (!archive().read(after, slice)) FAIL("unreadable");
      for (const auto& record : slice.records()) {
        ids.push_back(record.id);
        after = record.sequence;
      }
    } while (slice.hasMore());
    return ids;
  }
  /// The ids that readers of the log find.
  [[nodiscard]] std::vector<std::string> released() const {
    std::vector<std::string> ids;
    LogReader reader(segment(), Log(segment()).begin().position);
    for (Record record; reader.next(record) == LogReader::Outcome::Read;) ids.push_back(record.id);
    return ids;
  }

  /// Runs `act` in a thread that holds the lock of the one who stores, and dies with it.
  template <typename Act>
  void dieStoring(Act act) {
    std::thread([&] {
      if (log().storing.lock() != RobustMutex::Locked::No) act();
    }).join();
  }

 private:
  history::test::TemporaryDirectory directory_;
  PipeFixture pipes_;
  BroadcastPipe pipe_ = pipes_.pipe();
  std::optional<SharedSegment> shared_;
  std::optional<Hub> hub_;
};

}  // namespace mercure::hub::test
