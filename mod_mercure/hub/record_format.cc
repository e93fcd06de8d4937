#include "hub/record_format.h"

#include <limits>

namespace mercure::hub {

namespace {

constexpr std::uint64_t kWord = sizeof(std::uint64_t);
constexpr std::uint64_t kHeadWords = 5;
constexpr std::uint64_t kLongest = std::numeric_limits<std::uint32_t>::max();

constexpr std::uint64_t kPrivate = 1U << 0U;
constexpr std::uint64_t kMadeByHub = 1U << 1U;
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

void encode(const NewRecord& record, std::uint64_t size, std::uint64_t sequence, std::int64_t publishedAt,
            Ring::Cursor cursor) noexcept {
  cursor.put(size);
  cursor.put(sequence);
  cursor.put(static_cast<std::uint64_t>(publishedAt));
  cursor.put(pack(flagsOf(record.flags), record.topics.size()));
  cursor.put(pack(record.id.size(), record.event.size()));
  for (const std::string& topic : record.topics) {
    cursor.put(topic.size());
    cursor.put(std::string_view(topic));
  }
  cursor.put(record.id);
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
  if (!rest.take(size) || size != words.size_bytes() || !rest.take(record.sequence) ||
      !rest.take(publishedAt) || !rest.take(flags) || !rest.take(lengths)) {
    return false;
  }
  record.publishedAt = static_cast<std::int64_t>(publishedAt);
  record.flags.isPrivate = (flags & kPrivate) != 0;
  record.flags.madeByHub = (flags & kMadeByHub) != 0;
  record.flags.generation = static_cast<std::uint8_t>(low(flags) >> kGenerationShift);

  if (high(flags) > rest.size()) return false;
  record.topics.resize(high(flags));
  for (std::string& topic : record.topics) {
    std::uint64_t length = 0;
    if (!rest.take(length) || !rest.take(length, topic)) return false;
  }
  return rest.take(low(lengths), record.id) && rest.take(high(lengths), record.event) && rest.size() == 0;
}

}  // namespace mercure::hub
