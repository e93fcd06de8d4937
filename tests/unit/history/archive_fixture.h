#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "history/archive.h"
#include "history/samples.h"
#include "history/temporary_directory.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

/// An archive in a directory of its own, with which the tests of one group work.
class ArchiveFixture {
 public:
  TemporaryDirectory directory;
  Options options{.maxSize = 16U << 20U, .sync = Sync::Off};

  /// Opened at the first use.
  Archive& archive() {
    if (!archive_) open();
    return *archive_;
  }
  void close() { archive_.reset(); }
  void reopen() {
    close();
    open();
  }

  void append(std::uint64_t sequence, std::size_t eventSize = 100) {
    const Sample sample(sequence, eventSize);
    const NewRecord record = sample.view();
    checkDone(archive().append({&record, 1}));
  }
  void appendMany(std::uint64_t first, std::uint64_t count, std::size_t eventSize = 100) {
    for (const std::uint64_t end = first + count; first < end;) {
      const std::uint64_t some = std::min<std::uint64_t>(end - first, archive().budget().records);
      checkDone(archive().append(Samples(first, some, eventSize).views()));
      first += some;
    }
  }

  /// Reads all records newer than `after`, each of which must be a sample; how many.
  std::uint64_t readAll(std::uint64_t after = 0, const std::function<void(const Record&)>& see = {}) {
    Slice slice;
    std::uint64_t count = 0;
    do {
      checkDone(archive().read(after, slice));
      for (const Record& record : slice.records()) {
        CHECK_TRUE(record.sequence > after);
        CHECK_TRUE(Sample::is(record));
        if (see) see(record);
        after = record.sequence;
        ++count;
      }
    } while (slice.hasMore());
    return count;
  }

  std::uint64_t oldest() { return value(archive().oldest()).value_or(0); }
  std::uint64_t newest() {
    const auto newest = value(archive().newest());
    return newest ? newest->sequence : 0;
  }
  Statistics statistics() { return value(archive().statistics()); }
  std::uint64_t positionOf(const std::string& id) { return value(archive().positionOf(id)).value_or(0); }

  template <typename T>
  static T value(tl::expected<T, Fault> result) {
    if (!result) FAIL(describe(result.error()).c_str());
    return *std::move(result);
  }
  static void checkDone(const tl::expected<void, Fault>& result) {
    if (!result) FAIL(describe(result.error()).c_str());
  }
  template <typename T>
  static void checkFault(FaultCode code, const tl::expected<T, Fault>& result) {
    CHECK_FALSE(result.has_value());
    if (result.error().code != code) FAIL(describe(result.error()).c_str());
  }

 private:
  void open() {
    auto archive = Archive::open(directory.path(), options);
    if (!archive) FAIL(describe(archive.error()).c_str());
    archive_ = *std::move(archive);
  }
  std::optional<Archive> archive_;
};

}  // namespace mercure::history::test
