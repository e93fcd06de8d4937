#include "history/limits.h"

#include <algorithm>

#include "history/record_format.h"

namespace mercure::history {

namespace {

constexpr std::uint64_t kReserveShare = 16;
constexpr std::uint64_t kLeastReserve = 128;
constexpr std::uint64_t kRoomOfAPart = 64;  // its key and head, at most, beside LMDB's page header
constexpr std::uint64_t kPagesOfTrees = 2;  // a record changes in the ids' tree, beside what many share
constexpr std::uint64_t kPartsALeaf = 64;   // at least, where parts have pages of their own
constexpr std::uint64_t kMostRecords = 512;
constexpr std::uint64_t kMostBytes = 8U << 20U;

}  // namespace

Limits::Limits(std::uint64_t maxSize, std::uint64_t sizeOfPages) noexcept
    : pageSize(sizeOfPages),
      pages(std::max(maxSize / pageSize, kFewestPages)),
      reserve(std::max(pages / kReserveShare, kLeastReserve)),
      largestAppend(pages / 2),
      pagesAStep(reserve / 4),
      recordsAStep(reserve / 4),
      budget{.records = std::min(reserve / 8, kMostRecords),
             .bytes = std::min(kMostBytes, pages * pageSize / 4)} {
}

std::uint64_t Limits::pagesFor(std::uint64_t encodedSize) const noexcept {
  const std::uint64_t parts = partsOf(encodedSize);
  return parts / partsAPage() + parts / kPartsALeaf + 2 + kPagesOfTrees;
}

/// A part has a page of its own, unless pages are larger than they mostly are.
std::uint64_t Limits::partsAPage() const noexcept {
  return std::max<std::uint64_t>(pageSize / (kPartSize + kRoomOfAPart), 1);
}

std::uint64_t Limits::largestRecord() const noexcept {
  // The inverse of pagesFor(), rounded down.
  const std::uint64_t forParts = largestAppend - kPagesOfATransaction - 2 - kPagesOfTrees;
  return forParts * kPartsALeaf * partsAPage() / (kPartsALeaf + partsAPage()) * kPartSize;
}

}  // namespace mercure::history
