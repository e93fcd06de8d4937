#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "history/archive_fixture.h"
#include "history/check_apart.h"
#include "history/file_bytes.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

/// A sound archive of some hundred pages, closed, to be damaged by tests: it has leaves and branches, records
/// in parts, and lists of free pages.
class SoundArchive {
 public:
  static constexpr std::size_t kPage = 4096;
  static constexpr std::uint64_t kRecords = 200;

  SoundArchive() {
    fixture.options.maxCount = kRecords;
    for (std::uint64_t sequence = 1; sequence <= kRecords; ++sequence) {
      fixture.append(sequence, sequence % 20 == 0 ? 9000 : sequence % 7 * 100);
    }
    fixture.close();
    bytes = bytesOfFile(fixture.directory.dataFile());
  }

  ArchiveFixture fixture;
  std::string bytes;  ///< of the data file

  void restore() { writeFile(fixture.directory.dataFile(), bytes); }
  void damage(const std::function<void(std::string&)>& change) {
    std::string damaged = bytes;
    change(damaged);
    writeFile(fixture.directory.dataFile(), damaged);
  }

  Verdict verdict() {
    return checkApart(fixture.directory.path(), {geteuid(), getegid()}, std::chrono::seconds(60));
  }
  void checkBad(const char* part) {
    const Verdict found = verdict();
    LONGS_EQUAL(static_cast<int>(Verdict::Kind::Bad), static_cast<int>(found.kind));
    STRCMP_CONTAINS(part, found.reason.c_str());
  }
  void checkGood() {
    const Verdict found = verdict();
    if (found.kind != Verdict::Kind::Good) FAIL(found.reason.c_str());
  }
  void checkDoesNotOpen(FaultCode code) {
    fixture.checkFault(code, Archive::open(fixture.directory.path(), fixture.options));
  }

  /// What a hub does with an archive: looks everywhere, writes to all free pages, prunes what was there.
  void exercise() {
    std::uint64_t next = fixture.newest() + 1;
    fixture.readAll();
    for (std::uint64_t i = 1; i <= kRecords; i += 10) fixture.positionOf("urn:sample:" + std::to_string(i));
    for (int i = 0; i < 25; ++i, next += 8) fixture.appendMany(next, 8, i % 5 == 0 ? 20'000 : 3000);
    UNSIGNED_LONGS_EQUAL(next - 1, fixture.newest());
    fixture.readAll();
    fixture.close();
    checkGood();
  }
};

}  // namespace mercure::history::test
