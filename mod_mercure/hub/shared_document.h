#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "hub/robust_mutex.h"
#include "hub/shared_fingerprint.h"

namespace mercure::hub {

inline constexpr std::size_t kMaxDocumentSize = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxDocumentMarks = 1024;

/// Names a document without saying what it is.
using DocumentName = std::array<std::uint8_t, 16>;

/// Names something that is in a document, so that others need not read it: the fingerprint of a key.
using DocumentMark = KeyFingerprint;

/// The first bytes of the SHA-256 of `text`, such as the document's URL; nothing when OpenSSL has no SHA-256.
[[nodiscard]] std::optional<DocumentName> nameDocument(std::string_view text);

// A document from elsewhere, which one process fetches for all of them; in shared memory, in place:
//
//   +-------------------+ 0
//   | name              |
//   | writing           |  held by who changes what follows, but for the claim
//   | claimedUntil      |  a process fetches the document until then, or has died of it; 0: none does
//   | attemptedAt       |  when the last attempt began that came to its end; 0, as for the next two: never
//   | soughtAt          |  the same, of those made because something was looked for in vain
//   | freshUntil        |  until then the document need not be fetched
//   | fault             |  a hash of why the last attempt has failed; 0: it has not
//   | stamp             |  raised whenever the content changes; 0: there is no document yet
//   +-------------------+
//   | copies[0]         |  size, number of marks, the bytes and the marks of an even stamp's document
//   | copies[1]         |  the same of an odd stamp's
//   +-------------------+ sizeof(SharedDocument), a multiple of 64
//
// Times are the steady clock's, which all processes share. The memory of the copies is not touched before
// there is a document.

/// One such document. Any thread of any process, unless a function says otherwise. No call waits for the
/// fetching; those that change the document wait for each other while they copy.
class alignas(64) SharedDocument {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  using Stamp = std::uint64_t;

  /// As long as a fetching process need not have shown a result; then it counts as dead.
  static constexpr std::chrono::seconds kLease{15};
  static constexpr std::chrono::minutes kBetweenAttempts{1};

  /// What a fetch is for.
  enum class Need {
    Freshness,  ///< there is no document, or it is out of date
    Change,     ///< something is not in it that may be in a newer one
  };

  /// The right to fetch the document, and nobody else's until `until`.
  struct Claim {
    Moment since{};
    Moment until{};
    Need need = Need::Freshness;
  };

  /// What has failed whoever seeks a change.
  struct Missed {
    Stamp stamp = 0;  ///< of the document that something is not in
    Moment at{};      ///< when that was noticed
  };

  struct Content {
    Stamp stamp = 0;
    std::string bytes;
    std::vector<DocumentMark> marks;
  };

  struct Stored {
    bool isChanged = false;  ///< the document is another one now
    bool hadFailed = false;  ///< the attempt before had failed
  };

  /// Prepares fresh (zeroed) memory; the parent, once. False when the lock can't be made.
  [[nodiscard]] bool initialise(const DocumentName& name) noexcept;

  /// Takes over a document of the same name from the memory that this one's replaces, and what is known of
  /// its fetches; the parent, before anybody else uses this one. May throw std::bad_alloc.
  void inherit(const SharedDocument& former);

  /// Lets the next attempt be made at once where the last one has failed, for what was in its way may have
  /// been mended; the parent, at a reload.
  void allowRetry() noexcept;

  /// Whether this is a document that initialise() has prepared, its sizes within bounds.
  [[nodiscard]] bool isValid() const noexcept;

  [[nodiscard]] const DocumentName& name() const noexcept { return name_; }

  [[nodiscard]] Stamp stamp() const noexcept { return stamp_.load(std::memory_order_acquire); }

  /// The document, always as a whole, with its stamp; empty under stamp 0 when there is none yet.
  [[nodiscard]] Content read() const;

  /// Whether a process fetches it, or may still be alive to do so.
  [[nodiscard]] bool isBeingFetched(Moment now) const noexcept;

  /// When the document was fetched for the last time, or the attempt failed; none: there was no attempt.
  [[nodiscard]] std::optional<Moment> attemptedAt() const noexcept;
  [[nodiscard]] bool hasFailed() const noexcept { return fault_ != 0; }

  /// The right to fetch it, unless somebody has it already or there is no reason to: a fresh document needs
  /// no other, nor does whoever seeks a change, if the document is not the one any more that he has `missed`
  /// something in, or there was an attempt after that; a minute must be over since an attempt that failed,
  /// and between two made for a change. Over all processes, however many ask. A claim that is not given back
  /// in time is void.
  [[nodiscard]] std::optional<Claim> claim(Need need, Moment now,
                                           const std::optional<Missed>& missed = {}) noexcept;

  /// Puts in place what was fetched, and gives the claim back. Nothing happens, and nothing is returned, when
  /// the claim was void, or `bytes` are more than kMaxDocumentSize. More than kMaxDocumentMarks are left out.
  /// The same bytes have the same marks.
  [[nodiscard]] std::optional<Stored> store(const Claim& claim, std::string_view bytes, Moment freshUntil,
                                            std::span<const DocumentMark> marks = {}) noexcept;

  /// Notes that it could not be fetched, and gives the claim back; the document stays. Whether the attempt
  /// before had not failed for the same reason; false, too, when the claim was void.
  [[nodiscard]] bool fail(const Claim& claim, std::string_view reason) noexcept;

  /// Gives the claim back as if nothing had been tried.
  void giveUp(const Claim& claim) noexcept;

 private:
  struct Copy {
    std::atomic<std::uint64_t> size;
    std::atomic<std::uint64_t> markCount;
    std::array<std::atomic<std::uint64_t>, kMaxDocumentSize / sizeof(std::uint64_t)> words;
    std::array<SharedFingerprint, kMaxDocumentMarks> marks;

    void write(std::string_view bytes, std::span<const DocumentMark> newMarks) noexcept;
    void read(Content& content) const;
  };
  class Writing;

  [[nodiscard]] bool isDue(Need need, Moment now, const std::optional<Missed>& missed) const noexcept;
  [[nodiscard]] bool isCopyOf(std::string_view bytes) const noexcept;
  void noteAttempt(const Claim& claim, std::uint64_t fault) noexcept;

  DocumentName name_{};
  RobustMutex writing_;
  std::atomic<std::int64_t> claimedUntil_;
  std::atomic<std::int64_t> attemptedAt_;
  std::atomic<std::int64_t> soughtAt_;
  std::atomic<std::int64_t> freshUntil_;
  std::atomic<std::uint64_t> fault_;
  std::atomic<std::uint64_t> stamp_;
  std::array<Copy, 2> copies_;
};

static_assert(std::is_standard_layout_v<SharedDocument> && std::is_trivially_destructible_v<SharedDocument>);
static_assert(kMaxDocumentSize % sizeof(std::uint64_t) == 0 && sizeof(SharedDocument) % 64 == 0);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

}  // namespace mercure::hub
