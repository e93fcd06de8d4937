#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "history/rounds.h"
#include "hub/admission.h"
#include "hub/counters.h"
#include "hub/robust_mutex.h"
#include "hub/shared_document.h"
#include "hub/shared_place.h"

namespace mercure::hub {

// One hub's shared memory, the same in every process:
//
//   +---------------------+ 0 (the first page boundary in the memory given)
//   | SegmentHeader       |  magic, layout version, sizes, retired mark, who is let in
//   +---------------------+ kLogOffset
//   | LogState            |  locks, tail, heads, newest sequences; refusals; ids of the updates in the ring
//   +---------------------+ kCountersOffset
//   | Counters            |
//   +---------------------+ slotsOffset
//   | Slot × slotCount    |  one per process that holds streams (children and keepers)
//   +---------------------+ clientsOffset
//   | ClientTable         |  seats of clients whose number is limited (see client_seats.h)
//   +---------------------+ documentsOffset
//   | SharedDocument × documentCount |  what is fetched from elsewhere, once for all processes
//   +---------------------+ ringOffset (a page boundary)
//   | ring of ringSize    |  variable-length records, each a multiple of 8 bytes (see log.h)
//   +---------------------+ size
//
// Offsets instead of pointers, and nothing that points into the module, which httpd unloads at every reload.

inline constexpr std::uint64_t kSegmentMagic = 0x3130'4352'454d'444dULL;  // "MDMERC01"
extern const std::uint32_t kLayoutVersion;  // in a file of its own, so that tests can link another
inline constexpr std::size_t kMaxAdmissions = 1024;
inline constexpr std::size_t kSegmentPage = 4096;

/// What else keeps a hub's updates, and so when they are let out to subscribers.
enum class HistoryMode : std::uint32_t {
  None,     ///< the log alone
  Written,  ///< an archive, written beside
  Synced,   ///< an archive; nothing gets out before it is on the disk
};

struct alignas(64) SegmentHeader {
  std::uint64_t magic = 0;
  std::uint32_t layoutVersion = 0;
  std::uint32_t slotCount = 0;
  std::uint64_t size = 0;
  std::uint64_t slotsOffset = 0;
  std::uint64_t ringOffset = 0;
  std::uint64_t ringSize = 0;
  std::atomic<std::uint32_t> retired;  ///< not 0: every stream on this segment ends
  std::atomic<std::uint32_t> epoch;    ///< raised at every start and hard restart
  // What a stream that outlives a reload is checked against (see access.h).
  std::atomic<std::uint32_t> accessVersion;  ///< 0: nothing is known yet; odd: it is being changed
  std::atomic<std::uint32_t> anonymousAllowed;
  std::atomic<std::uint64_t> admissionCount;
  SharedAdmission admissions[kMaxAdmissions];
  std::uint64_t clientsOffset = 0;
  std::atomic<std::int64_t> leftAt;  ///< when the module left httpd's parent (steady clock), or 0
  HistoryMode historyMode = HistoryMode::None;
  std::uint32_t documentCount = 0;
  std::uint64_t documentsOffset = 0;
};

/// An update that the archive did not take, and why.
struct StorageRefusal {
  std::atomic<std::uint64_t> sequence;
  std::atomic<std::uint64_t> fault;  ///< see unsettled.cc
};

inline constexpr std::size_t kRefusalsKept = 1U << 13U;
inline constexpr std::size_t kIdChains = 1U << 14U;

/// The ring's heads. Each is a position after a record; tail <= settled <= appended, and released lies
/// between them or is the same as one.
struct alignas(64) LogState {
  RobustMutex lock;                            ///< for those who append
  std::atomic<std::uint64_t> tail;             ///< position of the oldest record still whole
  std::atomic<std::uint64_t> appended;         ///< position after the newest record
  std::atomic<std::uint64_t> released;         ///< dispatchers read up to here
  SharedPlace end;                             ///< what is released, with the sequence that goes with it
  std::atomic<std::uint64_t> sequence;         ///< of the newest record
  RobustMutex storing;                         ///< for the one who writes what is not settled to the archive
  std::atomic<std::uint64_t> settled;          ///< up to here records are stored, or will never be
  std::atomic<std::uint64_t> settledSequence;  ///< of the last of them
  history::Rounds rounds;                      ///< of storing
  std::uint64_t idKey[2] = {};                 ///< random, of the ids' hashes
  StorageRefusal refusals[kRefusalsKept];      ///< each at its sequence, modulo the array's size
  std::atomic<std::uint64_t> ids[kIdChains];   ///< one plus the position of the newest record of each chain
};

enum class SlotKind : std::uint32_t {
  Free,
  Child,
  Keeper,
  ClosingKeeper,  ///< one keeper too many, which ends its streams bit by bit
};

/// A process's part in the hub. `owner` is held from claim to release by one thread of the process, so that
/// another process's tryLock tells within a second that it died.
struct alignas(64) Slot {
  RobustMutex owner;
  std::atomic<std::int32_t> pid;
  std::atomic<SlotKind> kind;
  std::atomic<std::int64_t> streams;
  std::atomic<std::int64_t> threadedStreams;
  std::atomic<std::int64_t> tlsStreams;
};

inline constexpr std::size_t kClientChainBits = 14;
inline constexpr std::size_t kClientEntries = 1U << 16U;

/// The seats that one client has in one slot: a link of a chain, or of the free entries.
struct ClientEntry {
  std::atomic<std::uint64_t> client;
  std::atomic<std::uint32_t> slot;
  std::atomic<std::uint32_t> seats;
  std::atomic<std::uint32_t> next;  ///< as all links: the entry's number plus one, or 0
};

/// A hash table whose memory, but for the lock and the multiplier, is left untouched until it is needed.
struct alignas(64) ClientTable {
  RobustMutex lock;
  std::atomic<std::uint64_t> multiplier;  ///< random and odd
  std::atomic<std::uint32_t> free;        ///< the first of those given back
  std::atomic<std::uint32_t> fresh;       ///< how many have ever been used
  std::atomic<std::uint32_t> chains[1U << kClientChainBits];
  ClientEntry entries[kClientEntries];
};

inline constexpr std::size_t kLogOffset = sizeof(SegmentHeader);
inline constexpr std::size_t kCountersOffset = kLogOffset + sizeof(LogState);

static_assert(std::is_standard_layout_v<SegmentHeader> && std::is_trivially_destructible_v<SegmentHeader>);
static_assert(std::is_standard_layout_v<LogState> && std::is_trivially_destructible_v<LogState>);
static_assert(std::is_standard_layout_v<Counters> && std::is_trivially_destructible_v<Counters>);
static_assert(std::is_standard_layout_v<ClientTable> && std::is_trivially_destructible_v<ClientTable>);
static_assert(alignof(ClientTable) <= alignof(Slot) && alignof(SharedDocument) <= alignof(ClientTable));
static_assert(std::is_standard_layout_v<Slot> && std::is_trivially_destructible_v<Slot>);
// Other versions of the module mark a segment as retired where this one does.
static_assert(offsetof(SegmentHeader, retired) == 48 &&
              sizeof(SegmentHeader) == 128 + kMaxAdmissions * sizeof(SharedAdmission));
static_assert(sizeof(SegmentHeader) % alignof(LogState) == 0 && kCountersOffset % alignof(Counters) == 0);
static_assert((kCountersOffset + sizeof(Counters)) % alignof(Slot) == 0 && sizeof(Slot) % 64 == 0);
static_assert(sizeof(std::atomic<std::uint64_t>) == 8 && std::atomic<std::uint32_t>::is_always_lock_free);

/// A view of one hub's segment; copies see the same memory. The memory must outlive it.
class Segment {
 public:
  /// Bytes for a ring of `logSize`, rounded up to whole pages, `slots` slots and `documents` documents,
  /// wherever the memory begins; 0 when the sum would overflow, or one of the first two is 0.
  [[nodiscard]] static std::size_t requiredSize(std::size_t logSize, std::size_t slots,
                                                std::size_t documents = 0) noexcept;

  /// Lays out fresh (zeroed) memory; the parent, once. The documents' names differ from each other. False
  /// when it is too small or the locks can't be made.
  [[nodiscard]] static bool create(std::span<std::byte> memory, std::size_t logSize, std::size_t slots,
                                   HistoryMode mode = HistoryMode::None,
                                   std::span<const DocumentName> documents = {}) noexcept;

  /// Whether `memory` holds a segment of this layout whose offsets and sizes agree.
  [[nodiscard]] static bool validate(std::span<const std::byte> memory) noexcept;

  /// Marks a segment of this or any other layout as retired; nothing happens to memory that holds none.
  static void retire(std::span<std::byte> memory) noexcept;

  /// `memory` must have passed create() or validate(), and be placed alike to a page in every process.
  explicit Segment(std::span<std::byte> memory) noexcept;

  [[nodiscard]] SegmentHeader& header() const noexcept;
  [[nodiscard]] LogState& log() const noexcept;
  [[nodiscard]] Counters& counters() const noexcept;
  [[nodiscard]] std::span<Slot> slots() const noexcept;
  [[nodiscard]] ClientTable& clients() const noexcept;
  [[nodiscard]] std::span<SharedDocument> documents() const noexcept;
  [[nodiscard]] std::span<std::atomic<std::uint64_t>> ring() const noexcept;

  /// The document of that name; null when the segment was not made for it.
  [[nodiscard]] SharedDocument* document(const DocumentName& name) const noexcept;

  /// Whether the segment was made for these documents, in whatever order, and no others.
  [[nodiscard]] bool hasDocuments(std::span<const DocumentName> names) const noexcept;

 private:
  std::span<std::byte> memory_;
};

}  // namespace mercure::hub
