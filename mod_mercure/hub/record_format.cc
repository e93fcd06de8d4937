#include "hub/record_format.h"

#include <limits>

namespace mercure::hub {

namespace {

constexpr std::uint64_t kWord = sizeof(std::uint64_t);
constexpr std::uint64_t kHeadWords = 7;
constexpr std::uint64_t kFlagsWord = 3;
constexpr std::uint64_t kLongest = std::numeric_limits<std::uint32_t>::max();

constexpr std::uint64_t kPrivate = 1U << 0U;
constexpr std::uint64_t kMadeByHub = 1U << 1U;
constexpr std::uint64_t kVoid = 1U << 2U;
constexpr unsigned kGenerationShift = 8;

constexpr std::uint64_t wordsFor(std::uint64_t bytes) noexcept {
  return (bytes + kWord - 1) / kWord;
}

constexpr std::uint64_t pack(std::uint64_t low, std::uint64_t high) noexcept {
  return low | high << 32U;
}
constexpr std::uint64_t low(std::uint64_t word) noexcept {
  return word & kLongest;
}
constexpr std::uint64_t high(std::uint64_t word) noexcept {
  return word >> 32U;
}

std::uint64_t flagsOf(const RecordFlags& flags) noexcept {
  return (flags.isPrivate ? kPrivate : 0) | (flags.madeByHub ? kMadeByHub : 0) |
         std::uint64_t{flags.generation} << kGenerationShift;
}

/// What is left of a copied record; every taking is checked.
class Remainder {
 public:
  explicit Remainder(std::span<const std::uint64_t> words) noexcept : words_(words) {}

  [[nodiscard]] std::size_t size() const noexcept { return words_.size(); }

  bool take(std::uint64_t& word) noexcept {
    if (words_.empty()) return false;
    word = words_.front();
    words_ = words_.subspan(1);
    return true;
  }

  bool take(std::uint64_t bytes, std::string& text) {
    if (bytes > words_.size_bytes()) return false;
    text.assign(reinterpret_cast<const char*>(words_.data()), bytes);
    words_ = words_.subspan(wordsFor(bytes));
    return true;
  }

 private:
  std::span<const std::uint64_t> words_;
};

}  // namespace

std::optional<std::uint64_t> encodedSize(const NewRecord& record) noexcept {
  if (record.topics.size() > kLongest || record.id.size() > kLongest || record.event.size() > kLongest) {
    return std::nullopt;
  }
  std::uint64_t words = kHeadWords + wordsFor(record.id.size()) + wordsFor(record.event.size());
  for (const std::string& topic : record.topics) words += 1 + wordsFor(topic.size());
  return words * kWord;
}

void encode(const NewRecord& record, const RecordFrame& frame, Ring::Cursor cursor) noexcept {
  cursor.put(frame.size);
  cursor.put(frame.sequence);
  cursor.put(static_cast<std::uint64_t>(frame.publishedAt));
  cursor.put(pack(flagsOf(record.flags), record.topics.size()));
  cursor.put(pack(record.id.size(), record.event.size()));
  cursor.put(frame.idHash);
  cursor.put(frame.previousOfId);
  cursor.put(record.id);
  for (const std::string& topic : record.topics) {
    cursor.put(topic.size());
    cursor.put(std::string_view(topic));
  }
  cursor.put(record.event);
}

bool isPlausibleSize(std::uint64_t size, std::uint64_t ringSize, std::uint64_t room) noexcept {
  return size % kWord == 0 && size >= kHeadWords * kWord && size <= ringSize / kLargestPart && size <= room;
}

bool decode(std::span<const std::uint64_t> words, Record& record) {
  Remainder rest(words);
  std::uint64_t size = 0;
  std::uint64_t publishedAt = 0;
  std::uint64_t flags = 0;
  std::uint64_t lengths = 0;
  std::uint64_t chain = 0;
  if (!rest.take(size) || size != words.size_bytes() || !rest.take(record.sequence) ||
      !rest.take(publishedAt) || !rest.take(flags) || !rest.take(lengths) || !rest.take(chain) ||
      !rest.take(chain)) {
    return false;
  }
  record.publishedAt = static_cast<std::int64_t>(publishedAt);
  record.flags.isPrivate = (flags & kPrivate) != 0;
  record.flags.madeByHub = (flags & kMadeByHub) != 0;
  record.flags.generation = static_cast<std::uint8_t>(low(flags) >> kGenerationShift);
  record.isVoid = (flags & kVoid) != 0;

  if (!rest.take(low(lengths), record.id)) return false;
  if (high(flags) > rest.size()) return false;
  record.topics.resize(high(flags));
  for (std::string& topic : record.topics) {
    std::uint64_t length = 0;
    if (!rest.take(length) || !rest.take(length, topic)) return false;
  }
  return rest.take(high(lengths), record.event) && rest.size() == 0;
}

RecordFrame readFrame(Ring::Cursor cursor) noexcept {
  RecordFrame frame;
  frame.size = cursor.get();
  frame.sequence = cursor.get();
  frame.publishedAt = static_cast<std::int64_t>(cursor.get());
  cursor.skip(2);
  frame.idHash = cursor.get();
  frame.previousOfId = cursor.get();
  return frame;
}

bool hasId(Ring::Cursor cursor, std::string_view id, std::uint64_t room) noexcept {
  if ((kHeadWords + wordsFor(id.size())) * kWord > room) return false;
  cursor.skip(kFlagsWord + 1);
  if (low(cursor.get()) != id.size()) return false;
  cursor.skip(kHeadWords - kFlagsWord - 2);
  return cursor.isAt(id);
}

bool isVoid(Ring::Cursor cursor) noexcept {
  cursor.skip(kFlagsWord);
  return (cursor.get() & kVoid) != 0;
}

void makeVoid(const Ring& ring, std::uint64_t position) noexcept {
  const std::uint64_t flags = ring.at(position + kFlagsWord * kWord).get();
  ring.at(position + kFlagsWord * kWord).put(flags | kVoid);
}

}  // namespace mercure::hub
