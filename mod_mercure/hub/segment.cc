#include "hub/segment.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "hub/random.h"

namespace mercure::hub {

namespace {

struct Layout {
  std::size_t slotsOffset;
  std::size_t clientsOffset;
  std::size_t documentsOffset;
  std::size_t ringOffset;
  std::size_t ringSize;
  std::size_t size;
};

constexpr std::size_t kFixedPart = kCountersOffset + sizeof(Counters);

std::optional<std::size_t> sum(std::size_t a, std::size_t b) noexcept {
  std::size_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}

/// The end of `count` things of `size` bytes that begin at `offset`.
std::optional<std::size_t> endOf(std::size_t offset, std::size_t count, std::size_t size) noexcept {
  std::size_t bytes = 0;
  return __builtin_mul_overflow(count, size, &bytes) ? std::nullopt : sum(offset, bytes);
}

std::optional<std::size_t> wholePages(std::size_t bytes) noexcept {
  const auto padded = sum(bytes, kSegmentPage - 1);
  return padded ? std::optional(*padded / kSegmentPage * kSegmentPage) : std::nullopt;
}

std::optional<Layout> layOut(std::size_t logSize, std::size_t slots, std::size_t documents) noexcept {
  constexpr std::size_t kMostOfAKind = std::numeric_limits<std::uint32_t>::max();
  if (logSize == 0 || slots == 0 || slots > kMostOfAKind || documents > kMostOfAKind) return std::nullopt;
  const auto slotsEnd = endOf(kFixedPart, slots, sizeof(Slot));
  if (!slotsEnd) return std::nullopt;
  const auto clientsEnd = sum(*slotsEnd, sizeof(ClientTable));
  if (!clientsEnd) return std::nullopt;
  const auto documentsEnd = endOf(*clientsEnd, documents, sizeof(SharedDocument));
  if (!documentsEnd) return std::nullopt;
  const auto ringOffset = wholePages(*documentsEnd);
  const auto ringSize = wholePages(logSize);
  if (!ringOffset || !ringSize) return std::nullopt;
  const auto size = sum(*ringOffset, *ringSize);
  if (!size) return std::nullopt;
  return Layout{kFixedPart, *slotsEnd, *clientsEnd, *ringOffset, *ringSize, *size};
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

std::size_t Segment::requiredSize(std::size_t logSize, std::size_t slots, std::size_t documents) noexcept {
  const auto layout = layOut(logSize, slots, documents);
  if (!layout) return 0;
  return sum(layout->size, kSegmentPage - 1).value_or(0);
}

bool Segment::create(std::span<std::byte> memory, std::size_t logSize, std::size_t slots, HistoryMode mode,
                     std::span<const DocumentName> documents) noexcept {
  const auto layout = layOut(logSize, slots, documents.size());
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
  for (std::size_t i = 0; i < documents.size(); ++i) {
    auto* document = at<SharedDocument>(usable, layout->documentsOffset + i * sizeof(SharedDocument));
    if (!document->initialise(documents[i])) return false;
  }

  header->layoutVersion = kLayoutVersion;
  header->slotCount = static_cast<std::uint32_t>(slots);
  header->size = layout->size;
  header->slotsOffset = layout->slotsOffset;
  header->clientsOffset = layout->clientsOffset;
  header->documentCount = static_cast<std::uint32_t>(documents.size());
  header->documentsOffset = layout->documentsOffset;
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
  const auto layout = layOut(header.ringSize, header.slotCount, header.documentCount);
  if (!layout || header.ringSize != layout->ringSize || header.ringOffset != layout->ringOffset ||
      header.slotsOffset != layout->slotsOffset || header.clientsOffset != layout->clientsOffset ||
      header.documentsOffset != layout->documentsOffset || header.size != layout->size ||
      header.size > usable.size() || header.admissionCount > kMaxAdmissions)
    return false;
  const std::span documents(reinterpret_cast<const SharedDocument*>(usable.data() + header.documentsOffset),
                            header.documentCount);
  return std::ranges::all_of(documents, &SharedDocument::isValid);
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

std::span<SharedDocument> Segment::documents() const noexcept {
  return {at<SharedDocument>(memory_, header().documentsOffset), header().documentCount};
}

SharedDocument* Segment::document(const DocumentName& name) const noexcept {
  const auto found = std::ranges::find(documents(), name, &SharedDocument::name);
  return found == documents().end() ? nullptr : &*found;
}

bool Segment::hasDocuments(std::span<const DocumentName> names) const noexcept {
  return names.size() == documents().size() &&
         std::ranges::all_of(names, [this](const DocumentName& name) { return document(name) != nullptr; });
}

std::span<std::atomic<std::uint64_t>> Segment::ring() const noexcept {
  return {at<std::atomic<std::uint64_t>>(memory_, header().ringOffset),
          header().ringSize / sizeof(std::uint64_t)};
}

}  // namespace mercure::hub
