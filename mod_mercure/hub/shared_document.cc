#include "hub/shared_document.h"

#include <algorithm>
#include <cstring>

#include <openssl/evp.h>

namespace mercure::hub {

namespace {

using Moment = SharedDocument::Moment;

std::int64_t ticks(Moment moment) noexcept {
  return moment.time_since_epoch().count();
}

Moment momentOf(std::int64_t ticks) noexcept {
  return Moment(Moment::duration(ticks));
}

constexpr std::size_t wordsFor(std::size_t bytes) noexcept {
  return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
}

/// The bytes from `number` words on, filled up with zeros.
std::uint64_t wordOf(std::string_view bytes, std::size_t number) noexcept {
  const std::string_view part = bytes.substr(number * sizeof(std::uint64_t), sizeof(std::uint64_t));
  std::uint64_t word = 0;
  std::memcpy(&word, part.data(), part.size());
  return word;
}

/// The same in every process (FNV-1a), and never 0.
std::uint64_t hashOf(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3ULL;
  return hash | 1U;
}

}  // namespace

std::optional<DocumentName> nameDocument(std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
      size != digest.size())
    return std::nullopt;
  DocumentName name{};
  std::copy_n(digest.begin(), name.size(), name.begin());
  return name;
}

// A writer changes the copy that no reader of the present stamp looks at, and the stamp last of all: whoever
// dies before leaves the document that was there.
void SharedDocument::Copy::write(std::string_view bytes, std::span<const DocumentMark> newMarks) noexcept {
  size.store(bytes.size(), std::memory_order_release);
  for (std::size_t i = 0; i < wordsFor(bytes.size()); ++i)
    words[i].store(wordOf(bytes, i), std::memory_order_release);
  const std::size_t count = std::min(newMarks.size(), marks.size());
  markCount.store(count, std::memory_order_release);
  for (std::size_t i = 0; i < count; ++i) marks[i].store(newMarks[i]);
}

void SharedDocument::Copy::read(Content& content) const {
  // Beside a writer the size may be any that it writes, so what is read may be of no use, but never too much.
  std::string& bytes = content.bytes;
  const std::size_t length = std::min<std::uint64_t>(size.load(std::memory_order_acquire), kMaxDocumentSize);
  bytes.resize(length);
  for (std::size_t i = 0; i < wordsFor(length); ++i) {
    const std::uint64_t word = words[i].load(std::memory_order_acquire);
    const std::size_t offset = i * sizeof word;
    std::memcpy(bytes.data() + offset, &word, std::min(sizeof word, length - offset));
  }
  content.marks.resize(std::min<std::uint64_t>(markCount.load(std::memory_order_acquire), marks.size()));
  for (std::size_t i = 0; i < content.marks.size(); ++i) content.marks[i] = marks[i].load();
}

/// As long as it lives its owner alone changes the document; and only when the claim is still its own.
class SharedDocument::Writing {
 public:
  Writing(SharedDocument& document, const Claim& claim) noexcept
      : document_(document),
        isLocked_(document.writing_.lock() != RobustMutex::Locked::No),
        isAllowed_(isLocked_ && document.claimedUntil_ == ticks(claim.until)) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() {
    if (isAllowed_) document_.claimedUntil_ = 0;
    if (isLocked_) document_.writing_.unlock();
  }
  [[nodiscard]] explicit operator bool() const noexcept { return isAllowed_; }

 private:
  SharedDocument& document_;
  const bool isLocked_;
  const bool isAllowed_;
};

bool SharedDocument::initialise(const DocumentName& name) noexcept {
  name_ = name;
  return writing_.initialise();
}

/// A fetch that goes on is its former claim's, and ends in the former memory.
void SharedDocument::inherit(const SharedDocument& former) {
  const Content content = former.read();
  if (content.stamp != 0) copies_[content.stamp % copies_.size()].write(content.bytes, content.marks);
  attemptedAt_ = former.attemptedAt_.load();
  soughtAt_ = former.soughtAt_.load();
  freshUntil_ = former.freshUntil_.load();
  fault_ = former.fault_.load();
  stamp_.store(content.stamp, std::memory_order_release);
}

void SharedDocument::allowRetry() noexcept {
  if (!hasFailed()) return;
  attemptedAt_ = 0;
  soughtAt_ = 0;
}

bool SharedDocument::isValid() const noexcept {
  return name_ != DocumentName{} && std::all_of(copies_.begin(), copies_.end(), [](const Copy& copy) {
           return copy.size <= kMaxDocumentSize && copy.markCount <= kMaxDocumentMarks;
         });
}

SharedDocument::Content SharedDocument::read() const {
  Content content;
  for (;;) {
    content.stamp = stamp();
    if (content.stamp == 0) return content;
    copies_[content.stamp % copies_.size()].read(content);
    if (stamp() == content.stamp) return content;
  }
}

bool SharedDocument::isBeingFetched(Moment now) const noexcept {
  return claimedUntil_ > ticks(now);
}

std::optional<Moment> SharedDocument::attemptedAt() const noexcept {
  const std::int64_t at = attemptedAt_;
  return at == 0 ? std::nullopt : std::optional(momentOf(at));
}

bool SharedDocument::isDue(Need need, Moment now, const std::optional<Missed>& missed) const noexcept {
  const auto isRecent = [now](std::int64_t at) { return at != 0 && now < momentOf(at) + kBetweenAttempts; };
  if (fault_ != 0 && isRecent(attemptedAt_)) return false;
  const bool isStillMissed = !missed || (stamp_ == missed->stamp && attemptedAt_ <= ticks(missed->at));
  if (need == Need::Change) return !isRecent(soughtAt_) && isStillMissed;
  return stamp_ == 0 || ticks(now) >= freshUntil_;
}

std::optional<SharedDocument::Claim> SharedDocument::claim(Need need, Moment now,
                                                           const std::optional<Missed>& missed) noexcept {
  std::int64_t before = claimedUntil_;
  if (before > ticks(now) || !isDue(need, now, missed)) return std::nullopt;
  const Claim claim{.since = now, .until = now + kLease, .need = need};
  if (!claimedUntil_.compare_exchange_strong(before, ticks(claim.until))) return std::nullopt;
  // Somebody else's attempt may have come to its end meanwhile.
  if (isDue(need, now, missed)) return claim;
  giveUp(claim);
  return std::nullopt;
}

std::optional<SharedDocument::Stored> SharedDocument::store(const Claim& claim, std::string_view bytes,
                                                            Moment freshUntil,
                                                            std::span<const DocumentMark> marks) noexcept {
  if (bytes.size() > kMaxDocumentSize) return std::nullopt;
  const Writing writing(*this, claim);
  if (!writing) return std::nullopt;
  const Stored result{.isChanged = !isCopyOf(bytes), .hadFailed = hasFailed()};
  if (result.isChanged) {
    const Stamp next = stamp_ + 1;
    copies_[next % copies_.size()].write(bytes, marks);
    stamp_.store(next, std::memory_order_release);
  }
  freshUntil_ = ticks(freshUntil);
  noteAttempt(claim, 0);
  return result;
}

bool SharedDocument::fail(const Claim& claim, std::string_view reason) noexcept {
  const Writing writing(*this, claim);
  if (!writing) return false;
  const std::uint64_t fault = hashOf(reason);
  const bool isNew = fault_ != fault;
  noteAttempt(claim, fault);
  return isNew;
}

void SharedDocument::giveUp(const Claim& claim) noexcept {
  std::int64_t own = ticks(claim.until);
  claimedUntil_.compare_exchange_strong(own, 0);
}

/// Under the lock.
void SharedDocument::noteAttempt(const Claim& claim, std::uint64_t fault) noexcept {
  attemptedAt_ = ticks(claim.since);
  if (claim.need == Need::Change) soughtAt_ = ticks(claim.since);
  fault_ = fault;
}

/// Under the lock.
bool SharedDocument::isCopyOf(std::string_view bytes) const noexcept {
  const Stamp present = stamp_;
  if (present == 0) return false;
  const Copy& copy = copies_[present % copies_.size()];
  if (copy.size != bytes.size()) return false;
  for (std::size_t i = 0; i < wordsFor(bytes.size()); ++i)
    if (copy.words[i] != wordOf(bytes, i)) return false;
  return true;
}

}  // namespace mercure::hub
