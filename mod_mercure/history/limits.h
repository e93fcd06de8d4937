#pragma once

#include <cstddef>
#include <cstdint>

namespace mercure::history {

/// How many records one append takes, counted in records and in bytes as storedSize() gives them.
struct Budget {
  std::size_t records = 0;
  std::uint64_t bytes = 0;
};

/// The fewest pages that an archive works with, 4 MiB where a page has 4 KiB: a smaller size means this one.
inline constexpr std::uint64_t kFewestPages = 1024;

/// Pages that a transaction changes whatever it is about, with room to spare.
inline constexpr std::uint64_t kPagesOfATransaction = 32;

/// What follows from an archive's size and its pages' size.
///
/// LMDB never writes to a page in use: what a transaction changes goes to free pages, and what it frees comes
/// back two transactions later, or when the last reader that may see it has ended. So part of the pages, the
/// reserve, is kept free: it is what a transaction and its predecessor may have under way.
struct Limits {
  Limits(std::uint64_t maxSize, std::uint64_t pageSize) noexcept;

  std::uint64_t pageSize;
  std::uint64_t pages;          ///< that the file may have
  std::uint64_t reserve;        ///< pages
  std::uint64_t largestAppend;  ///< pages that an append may need
  std::uint64_t pagesAStep;     ///< that one transaction prunes at most,
  std::uint64_t recordsAStep;   ///< and records
  Budget budget;                ///< records within it always fit into one append

  /// Bytes that the file may have.
  [[nodiscard]] std::uint64_t fileSize() const noexcept { return pages * pageSize; }

  /// Pages in use above which the oldest records go.
  [[nodiscard]] std::uint64_t pruneAbove() const noexcept { return pages - 2 * reserve; }

  /// Whether an append that needs `needed` pages may begin when `used` are in use.
  [[nodiscard]] bool fits(std::uint64_t used, std::uint64_t needed) const noexcept {
    return used + needed <= pages - reserve;
  }

  /// The pages that storing a record of this encoded size may need: its own, and those of the trees on the
  /// way to it.
  [[nodiscard]] std::uint64_t pagesFor(std::uint64_t encodedSize) const noexcept;

  /// The largest record that is ever stored, in encoded bytes.
  [[nodiscard]] std::uint64_t largestRecord() const noexcept;

 private:
  [[nodiscard]] std::uint64_t partsAPage() const noexcept;
};

}  // namespace mercure::history
