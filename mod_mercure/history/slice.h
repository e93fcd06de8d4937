#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "history/record.h"

namespace mercure::history {

/// A few records in a row, as Archive::read() gives them, whose storage the next reading uses again. Belongs
/// to one thread.
class Slice {
 public:
  /// A reading ends with the record that reaches `maxBytes`, counting topics, ids and events, or
  /// `maxRecords`: it gives one record at least, whatever its size.
  explicit Slice(std::size_t maxBytes = kBytes, std::size_t maxRecords = kRecords) noexcept
      : maxBytes_(maxBytes), maxRecords_(maxRecords) {}

  /// Oldest first; until the next reading.
  [[nodiscard]] std::span<const Record> records() const noexcept { return {records_.data(), used_}; }

  /// Whether there were more records behind the last one.
  [[nodiscard]] bool hasMore() const noexcept { return hasMore_; }

  /// Whether records between the one that was to be read on from and the first one here may have been pruned.
  [[nodiscard]] bool isOvertaken() const noexcept { return isOvertaken_; }

 private:
  friend class Archive;
  static constexpr std::size_t kBytes = std::size_t{256} << 10U;
  static constexpr std::size_t kRecords = 1024;

  void clear();
  [[nodiscard]] bool isFull() const noexcept { return bytes_ >= maxBytes_ || used_ >= maxRecords_; }
  /// Storage for one more record; keep() takes it in.
  [[nodiscard]] Record& spare();
  void keep() noexcept;

  std::size_t maxBytes_;
  std::size_t maxRecords_;
  std::vector<Record> records_;  // the first `used_` are the slice
  std::vector<std::byte> whole_;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  bool hasMore_ = false;
  bool isOvertaken_ = false;
};

}  // namespace mercure::history
