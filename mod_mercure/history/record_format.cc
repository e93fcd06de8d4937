#include "history/record_format.h"

#include <xxhash.h>

#include <cstring>
#include <limits>
#include <string>
#include <string_view>

namespace mercure::history {

namespace {

constexpr std::size_t kLongest = std::numeric_limits<std::uint32_t>::max();
using Length = std::uint32_t;

/// Where the next part of a record goes; there is room for all of them.
class Writer {
 public:
  explicit Writer(std::byte* to) noexcept : to_(to) {}

  void put(const void* bytes, std::size_t size) noexcept {
    if (size > 0) std::memcpy(to_, bytes, size);
    to_ += size;
  }
  void put(std::string_view text) noexcept { put(text.data(), text.size()); }

 private:
  std::byte* to_;
};

/// What is left of a stored record; every taking is checked.
class Remainder {
 public:
  explicit Remainder(Bytes bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  bool take(std::size_t size, std::string& text) {
    if (size > bytes_.size()) return false;
    text.assign(textOf(bytes_.first(size)));
    bytes_ = bytes_.subspan(size);
    return true;
  }
  bool takeWithLength(std::string& text) {
    const auto length = readAt<Length>(bytes_, 0);
    if (!length) return false;
    bytes_ = bytes_.subspan(sizeof *length);
    return take(*length, text);
  }

 private:
  Bytes bytes_;
};

}  // namespace

std::uint64_t checksumOf(Bytes bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::optional<std::uint64_t> encodedSize(const NewRecord& record) noexcept {
  if (record.id.size() > kLongest || record.topics.size() > kLongest || record.event.size() > kLongest) {
    return std::nullopt;
  }
  std::uint64_t size = sizeof(RecordHead) + record.id.size() + record.event.size();
  for (const std::string& topic : record.topics) {
    if (topic.size() > kLongest) return std::nullopt;
    size += sizeof(Length) + topic.size();
  }
  return size;
}

void encode(const NewRecord& record, const IdHash& idHash, std::vector<std::byte>& encoded) {
  RecordHead head{.checksum = 0,
                  .size = encodedSize(record).value_or(0),
                  .sequence = record.sequence,
                  .publishedAt = record.publishedAt,
                  .idHash = idHash,
                  .idSize = static_cast<Length>(record.id.size()),
                  .topicCount = static_cast<Length>(record.topics.size()),
                  .eventSize = static_cast<Length>(record.event.size()),
                  .flags = record.flags};
  encoded.resize(head.size);
  Writer writer(encoded.data());
  writer.put(&head, sizeof head);
  writer.put(record.id);
  for (const std::string& topic : record.topics) {
    const auto length = static_cast<Length>(topic.size());
    writer.put(&length, sizeof length);
    writer.put(topic);
  }
  writer.put(record.event);

  head.checksum = checksumOf(Bytes(encoded).subspan(sizeof head.checksum));
  std::memcpy(encoded.data(), &head.checksum, sizeof head.checksum);
}

std::optional<RecordHead> headOf(Bytes part) noexcept {
  return readAt<RecordHead>(part, 0);
}

bool decode(Bytes encoded, std::uint64_t sequence, Record& record) {
  const auto head = headOf(encoded);
  if (!head || head->size != encoded.size() || head->sequence != sequence ||
      head->checksum != checksumOf(encoded.subspan(sizeof head->checksum))) {
    return false;
  }
  record.sequence = head->sequence;
  record.publishedAt = head->publishedAt;
  record.flags = head->flags;

  Remainder rest(encoded.subspan(sizeof *head));
  if (!rest.take(head->idSize, record.id) || head->topicCount > rest.size() / sizeof(Length)) return false;
  record.topics.resize(head->topicCount);
  for (std::string& topic : record.topics) {
    if (!rest.takeWithLength(topic)) return false;
  }
  return rest.take(head->eventSize, record.event) && rest.size() == 0;
}

}  // namespace mercure::history
