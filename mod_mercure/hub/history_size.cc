#include "hub/history_size.h"

#include <unistd.h>

#include "history/limits.h"

namespace mercure::hub {
namespace {

// A line end of the body becomes a line of the event: "data: " and itself.
constexpr std::uint64_t kLongestEvent = 7;
constexpr std::uint64_t kLeastFactor = 16;

}  // namespace

std::uint64_t leastHistorySize(std::uint64_t maxUpdateSize) noexcept {
  const auto pageSize = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t size = kLeastFactor * maxUpdateSize;
  while (history::Limits(size, pageSize).largestRecord() < kLongestEvent * maxUpdateSize)
    size += maxUpdateSize;
  return size;
}

}  // namespace mercure::hub
