#include "hub/segment.h"

#include <limits>
#include <memory>
#include <optional>

#include "hub/random.h"

namespace mercure::hub {

namespace {

struct Layout {
  std::size_t slotsOffset;
  std::size_t clientsOffset;
  std::size_t ringOffset;
  std::size_t ringSize;
  std::size_t size;
};

constexpr std::size_t kFixedPart = kCountersOffset + sizeof(Counters);

std::optional<std::size_t> sum(std::size_t a, std::size_t b) noexcept {
  std::size_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}

std::optional<std::size_t> wholePages(std::size_t bytes) noexcept {
  const auto padded = sum(bytes, kSegmentPage - 1);
  return padded ? std::optional(*padded / kSegmentPage * kSegmentPage) : std::nullopt;
}

std::optional<Layout> layOut(std::size_t logSize, std::size_t slots) noexcept {
  if (logSize == 0 || slots == 0 || slots > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  std::size_t slotBytes = 0;
  if (__builtin_mul_overflow(slots, sizeof(Slot), &slotBytes)) return std::nullopt;
  const auto slotsEnd = sum(kFixedPart, slotBytes);
  if (!slotsEnd) return std::nullopt;
  const auto clientsEnd = sum(*slotsEnd, sizeof(ClientTable));
  if (!clientsEnd) return std::nullopt;
  const auto ringOffset = wholePages(*clientsEnd);
  const auto ringSize = wholePages(logSize);
  if (!ringOffset || !ringSize) return std::nullopt;
  const auto size = sum(*ringOffset, *ringSize);
  if (!size) return std::nullopt;
  return Layout{kFixedPart, *slotsEnd, *ringOffset, *ringSize, *size};
}

/// `memory` less what lies before its first page boundary; empty when it has none.
template <typename Byte>
std::span<Byte> fromPageBoundary(std::span<Byte> memory) noexcept {
  const std::size_t misplaced = reinterpret_cast<std::uintptr_t>(memory.data()) % kSegmentPage;
  const std::size_t skipped = misplaced == 0 ? 0 : kSegmentPage - misplaced;
  return skipped > memory.size() ? std::span<Byte>{} : memory.subspan(skipped);
}

template <typename T>
T* at(std::span<std::byte> memory, std::size_t offset) noexcept {
  return reinterpret_cast<T*>(memory.data() + offset);
}

}  // namespace

std::size_t Segment::requiredSize(std::size_t logSize, std::size_t slots) noexcept {
  const auto layout = layOut(logSize, slots);
  if (!layout) return 0;
  return sum(layout->size, kSegmentPage - 1).value_or(0);
}

bool Segment::create(std::span<std::byte> memory, std::size_t logSize, std::size_t slots,
                     HistoryMode mode) noexcept {
  const auto layout = layOut(logSize, slots);
  const auto usable = fromPageBoundary(memory);
  if (!layout || usable.size() < layout->size) return false;

  SegmentHeader* header = std::construct_at(at<SegmentHeader>(usable, 0));
  LogState* log = std::construct_at(at<LogState>(usable, kLogOffset));
  std::construct_at(at<Counters>(usable, kCountersOffset));
  if (!log->lock.initialise() || !log->storing.initialise()) return false;
  for (std::uint64_t& half : log->idKey) half = randomValue<std::uint64_t>();
  for (std::size_t i = 0; i < slots; ++i) {
    Slot* slot = std::construct_at(at<Slot>(usable, layout->slotsOffset + i * sizeof(Slot)));
    if (!slot->owner.initialise()) return false;
  }
  auto* clients = at<ClientTable>(usable, layout->clientsOffset);
  if (!clients->lock.initialise()) return false;
  clients->multiplier = randomValue<std::uint64_t>() | 1U;

  header->layoutVersion = kLayoutVersion;
  header->slotCount = static_cast<std::uint32_t>(slots);
  header->size = layout->size;
  header->slotsOffset = layout->slotsOffset;
  header->clientsOffset = layout->clientsOffset;
  header->ringOffset = layout->ringOffset;
  header->ringSize = layout->ringSize;
  header->historyMode = mode;
  header->magic = kSegmentMagic;
  return true;
}

bool Segment::validate(std::span<const std::byte> memory) noexcept {
  const auto usable = fromPageBoundary(memory);
  if (usable.size() < kFixedPart) return false;
  const auto& header = *reinterpret_cast<const SegmentHeader*>(usable.data());
  if (header.magic != kSegmentMagic || header.layoutVersion != kLayoutVersion) return false;
  const auto layout = layOut(header.ringSize, header.slotCount);
  return layout && header.ringSize == layout->ringSize && header.ringOffset == layout->ringOffset &&
         header.slotsOffset == layout->slotsOffset && header.clientsOffset == layout->clientsOffset &&
         header.size == layout->size && header.size <= usable.size() &&
         header.fingerprintCount <= kMaxFingerprints;
}

void Segment::retire(std::span<std::byte> memory) noexcept {
  const auto usable = fromPageBoundary(memory);
  if (usable.size() < sizeof(SegmentHeader)) return;
  auto& header = *at<SegmentHeader>(usable, 0);
  if (header.magic == kSegmentMagic) header.retired = 1;
}

Segment::Segment(std::span<std::byte> memory) noexcept : memory_(fromPageBoundary(memory)) {
}

SegmentHeader& Segment::header() const noexcept {
  return *at<SegmentHeader>(memory_, 0);
}

LogState& Segment::log() const noexcept {
  return *at<LogState>(memory_, kLogOffset);
}

Counters& Segment::counters() const noexcept {
  return *at<Counters>(memory_, kCountersOffset);
}

std::span<Slot> Segment::slots() const noexcept {
  return {at<Slot>(memory_, header().slotsOffset), header().slotCount};
}

ClientTable& Segment::clients() const noexcept {
  return *at<ClientTable>(memory_, header().clientsOffset);
}

std::span<std::atomic<std::uint64_t>> Segment::ring() const noexcept {
  return {at<std::atomic<std::uint64_t>>(memory_, header().ringOffset),
          header().ringSize / sizeof(std::uint64_t)};
}

}  // namespace mercure::hub
