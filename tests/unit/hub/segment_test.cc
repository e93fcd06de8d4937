#include "hub/segment.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "hub/shared_segment.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kPage = kSegmentPage;
constexpr std::array<DocumentName, 2> kDocuments{{{1}, {2}}};

std::uintptr_t address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace

TEST_GROUP(Segment) {
  SharedSegment shared{3 * kPage, 5, HistoryMode::None, kDocuments};
  SegmentHeader& header = shared.segment().header();

  bool valid() const {
    return Segment::validate(shared.bytes());
  }
};

TEST(Segment, aFreshOneIsValid) {
  CHECK_TRUE(valid());
  UNSIGNED_LONGS_EQUAL(3 * kPage, shared.segment().ring().size_bytes());
  UNSIGNED_LONGS_EQUAL(5, shared.segment().slots().size());
  STRNCMP_EQUAL("MDMERC01", reinterpret_cast<const char*>(&header.magic), 8);
}

TEST(Segment, itsPartsLieInOrderAlignedAndWithinTheMemory) {
  const Segment segment = shared.segment();
  const auto start = address(&segment.header());
  UNSIGNED_LONGS_EQUAL(0, start % kPage);
  UNSIGNED_LONGS_EQUAL(start + sizeof(SegmentHeader), address(&segment.log()));
  UNSIGNED_LONGS_EQUAL(address(&segment.log() + 1), address(&segment.counters()));
  UNSIGNED_LONGS_EQUAL(address(&segment.counters() + 1), address(segment.slots().data()));
  UNSIGNED_LONGS_EQUAL(address(segment.slots().data() + segment.slots().size()), address(&segment.clients()));
  UNSIGNED_LONGS_EQUAL(0, address(&segment.clients()) % alignof(ClientTable));
  UNSIGNED_LONGS_EQUAL(address(&segment.clients() + 1), address(segment.documents().data()));
  UNSIGNED_LONGS_EQUAL(0, address(segment.documents().data()) % alignof(SharedDocument));
  CHECK_TRUE(address(segment.documents().data() + 2) <= address(segment.ring().data()));
  UNSIGNED_LONGS_EQUAL(0, address(segment.ring().data()) % kPage);
  UNSIGNED_LONGS_EQUAL(start + header.size, address(segment.ring().data() + segment.ring().size()));
  CHECK_TRUE(address(segment.ring().data() + segment.ring().size()) <=
             address(shared.bytes().data() + shared.bytes().size()));
}

TEST(Segment, theRingIsRoundedUpToWholePages) {
  for (const std::size_t logSize : {std::size_t{1}, kPage - 1, kPage}) {
    const SharedSegment small(logSize, 1);
    UNSIGNED_LONGS_EQUAL(kPage, small.segment().ring().size_bytes());
  }
  const SharedSegment larger(kPage + 1, 1);
  UNSIGNED_LONGS_EQUAL(2 * kPage, larger.segment().ring().size_bytes());
}

// APR's shared memory begins some bytes after a page boundary.
TEST(Segment, fitsWhereverTheMemoryBegins) {
  const std::size_t size = Segment::requiredSize(kPage, 3);
  const SharedMemory memory(size + kPage);
  for (const std::size_t offset : {0UL, 1UL, 8UL, 16UL, 64UL, kPage - 1, kPage}) {
    const auto bytes = memory.bytes().subspan(offset, size);
    CHECK_TRUE(Segment::create(bytes, kPage, 3));
    CHECK_TRUE(Segment::validate(bytes));
    UNSIGNED_LONGS_EQUAL(kPage, Segment(bytes).ring().size_bytes());
  }
}

TEST(Segment, isNotMadeInTooLittleMemory) {
  const std::size_t size = Segment::requiredSize(kPage, 3);
  const SharedMemory memory(size + kPage);
  CHECK_FALSE(Segment::create(memory.bytes().first(size - kPage), kPage, 3));
  CHECK_FALSE(Segment::create(memory.bytes().subspan(1, size - 1), kPage, 3));
  CHECK_FALSE(Segment::create(memory.bytes().first(0), kPage, 3));
  CHECK_FALSE(Segment::create(memory.bytes().subspan(1, 7), kPage, 3));
}

TEST(Segment, sizesThatOverflowAreRefused) {
  const std::array<std::array<std::size_t, 2>, 9> hostile = {{{kMost, 1},
                                                              {kMost - kPage, 1},
                                                              {kMost - 2 * kPage + 2, 1},
                                                              {kPage, kMost},
                                                              {kPage, kMost / sizeof(Slot)},
                                                              {kPage, kMost / sizeof(Slot) + 2},
                                                              {kPage, std::size_t{1} << 32U},
                                                              {0, 1},
                                                              {kPage, 0}}};
  for (const auto& [logSize, slots] : hostile) {
    UNSIGNED_LONGS_EQUAL(0, Segment::requiredSize(logSize, slots));
    CHECK_FALSE(Segment::create(shared.bytes(), logSize, slots));
  }
  for (const std::size_t documents : {kMost, kMost / sizeof(SharedDocument) + 1, std::size_t{1} << 32U})
    UNSIGNED_LONGS_EQUAL(0, Segment::requiredSize(kPage, 1, documents));
}

TEST(Segment, everyDamagedFieldIsFound) {
  const auto damage = [this](auto& field, auto value) {
    const auto whole = field;
    field = static_cast<decltype(whole)>(value);
    const bool accepted = valid();
    field = whole;
    CHECK_FALSE(accepted);
    CHECK_TRUE(valid());
  };
  for (const std::uint64_t value : {0ULL, 1ULL, 8ULL, 64ULL, 1ULL << 63U, ~0ULL}) {
    damage(header.magic, value);
    damage(header.size, value);
    damage(header.slotsOffset, value);
    damage(header.clientsOffset, value);
    damage(header.documentsOffset, value);
    damage(header.ringOffset, value);
    damage(header.ringSize, value);
  }
  for (const std::uint32_t version : {0U, kLayoutVersion - 1, kLayoutVersion + 1, ~0U}) {
    damage(header.layoutVersion, version);
  }
  for (const std::uint32_t count : {0U, 100U, 1U << 31U, ~0U}) damage(header.slotCount, count);
  for (const std::uint32_t count : {0U, 1U, 3U, 1U << 31U, ~0U}) damage(header.documentCount, count);
  for (const std::uint64_t change : {std::uint64_t{8}, std::uint64_t{64}, std::uint64_t{kPage}}) {
    damage(header.magic, header.magic + change);
    damage(header.size, header.size + change);
    damage(header.size, header.size - change);
    damage(header.slotsOffset, header.slotsOffset + change);
    damage(header.slotsOffset, header.slotsOffset - change);
    damage(header.clientsOffset, header.clientsOffset + change);
    damage(header.clientsOffset, header.clientsOffset - change);
    damage(header.documentsOffset, header.documentsOffset + change);
    damage(header.documentsOffset, header.documentsOffset - change);
    damage(header.ringOffset, header.ringOffset + change);
    damage(header.ringOffset, header.ringOffset - change);
    damage(header.ringSize, header.ringSize + change);
    damage(header.ringSize, header.ringSize - change);
  }
}

TEST(Segment, itsDocumentsAreFoundByName) {
  const Segment segment = shared.segment();
  UNSIGNED_LONGS_EQUAL(2, segment.documents().size());
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
    POINTERS_EQUAL(&segment.documents()[i], segment.document(kDocuments[i]));
  POINTERS_EQUAL(nullptr, segment.document({3}));
}

TEST(Segment, servesItsOwnDocumentsAlone) {
  using Names = std::vector<DocumentName>;
  CHECK_TRUE(shared.segment().hasDocuments(kDocuments));
  CHECK_TRUE(shared.segment().hasDocuments(Names{{2}, {1}}));
  for (const Names& others : {Names{}, Names{{1}}, Names{{1}, {3}}, Names{{1}, {2}, {3}}})
    CHECK_FALSE(shared.segment().hasDocuments(others));
  const SharedSegment without(kPage, 1);
  CHECK_TRUE(without.segment().hasDocuments({}));
  CHECK_FALSE(without.segment().hasDocuments(kDocuments));
  UNSIGNED_LONGS_EQUAL(0, without.segment().documents().size());
}

TEST(Segment, aDamagedDocumentIsFound) {
  CHECK_TRUE(valid());
  const auto bytes = std::as_writable_bytes(shared.segment().documents());
  const std::vector<std::byte> whole(bytes.begin(), bytes.end());
  std::ranges::fill(bytes.last(sizeof(SharedDocument)), std::byte{0xff});
  CHECK_FALSE(valid());
  std::ranges::copy(whole, bytes.begin());
  CHECK_TRUE(valid());
}

TEST(Segment, clientsMeetOtherwiseInEach) {
  const SharedSegment other(kPage, 1);
  const std::uint64_t multiplier = shared.segment().clients().multiplier;
  CHECK_TRUE(multiplier % 2 == 1);
  CHECK_TRUE(multiplier != other.segment().clients().multiplier);
}

TEST(Segment, tooManyAdmissionsAreFound) {
  header.admissionCount = kMaxAdmissions;
  CHECK_TRUE(valid());
  header.admissionCount = kMaxAdmissions + 1;
  CHECK_FALSE(valid());
}

TEST(Segment, fieldsThatChangeInUseDoNotMatter) {
  header.retired = 1;
  header.epoch = 7;
  header.anonymousAllowed = 1;
  CHECK_TRUE(valid());
}

TEST(Segment, isRetiredWhateverItsLayoutAndWhereverTheMemoryBegins) {
  CHECK_TRUE(header.retired == 0);
  Segment::retire(shared.bytes());
  CHECK_TRUE(header.retired == 1);
  const std::size_t size = Segment::requiredSize(kPage, 3);
  const SharedMemory memory(size + kPage);
  for (const std::size_t offset : {0UL, 16UL, kPage - 1}) {
    const auto bytes = memory.bytes().subspan(offset, size);
    CHECK_TRUE(Segment::create(bytes, kPage, 3));
    SegmentHeader& other = Segment(bytes).header();
    other.layoutVersion = kLayoutVersion + 1;
    other.size = 1;
    CHECK_FALSE(Segment::validate(bytes));
    Segment::retire(bytes);
    CHECK_TRUE(other.retired == 1);
  }
}

TEST(Segment, retiringLeavesOtherMemoryAlone) {
  const std::size_t size = Segment::requiredSize(kPage, 3);
  const auto bytes = shared.bytes().first(size);
  const auto unchanged = [bytes](std::span<std::byte> retired) {
    const std::vector<std::byte> before(bytes.begin(), bytes.end());
    Segment::retire(retired);
    return std::ranges::equal(bytes, before);
  };
  CHECK_TRUE(unchanged({}));
  CHECK_TRUE(unchanged(bytes.subspan(1, 7)));
  CHECK_TRUE(unchanged(bytes.first(sizeof(SegmentHeader) - 1)));
  header.magic += 1;
  CHECK_TRUE(unchanged(bytes));
  const SharedMemory fresh(size);
  Segment::retire(fresh.bytes());
  CHECK_TRUE(std::ranges::all_of(fresh.bytes(), [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(Segment, shorterMemoryIsFound) {
  CHECK_TRUE(Segment::validate(shared.bytes().first(header.size)));
  CHECK_FALSE(Segment::validate(shared.bytes().first(header.size - 1)));
  CHECK_FALSE(Segment::validate(shared.bytes().first(sizeof(SegmentHeader))));
  CHECK_FALSE(Segment::validate({}));
}

TEST(Segment, freshMemoryIsNoSegment) {
  const SharedMemory memory(10 * kPage);
  CHECK_FALSE(Segment::validate(memory.bytes()));
}

}  // namespace mercure::hub::test
