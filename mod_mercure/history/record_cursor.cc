#include "history/record_cursor.h"

#include <algorithm>
#include <utility>

namespace mercure::history {

namespace {

/// What is remembered of the newest record after it was pruned.
tl::expected<std::optional<Newest>, Fault> rememberedNewest(const Transaction& transaction) {
  const auto value = transaction.get(transaction.trees().about, newestKey());
  if (!value) return tl::unexpected(value.error());
  if (!value->found) return std::nullopt;
  auto newest = decodeNewest(value->bytes);
  if (!newest) return tl::unexpected(Fault{FaultCode::Damaged});
  return newest;
}

/// The sequence number of the newest record of which there is any part; 0: there is none.
tl::expected<std::uint64_t, Fault> newestStored(const Transaction& transaction) {
  auto cursor = Cursor::open(transaction, transaction.trees().records);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto found = cursor->move(MDB_LAST);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return 0U;
  const auto key = RecordKey::decoded(cursor->key());
  if (!key) return tl::unexpected(Fault{FaultCode::Damaged});
  return key->sequence;
}

}  // namespace

tl::expected<RecordCursor, Fault> RecordCursor::open(const Transaction& transaction) {
  auto cursor = Cursor::open(transaction, transaction.trees().records);
  if (!cursor) return tl::unexpected(cursor.error());
  return RecordCursor(*std::move(cursor));
}

tl::expected<bool, Fault> RecordCursor::seekAfter(std::uint64_t sequence) {
  if (sequence == ~std::uint64_t{0}) return false;
  return settle(cursor_.seek(RecordKey{sequence + 1, 0}.encoded()));
}

tl::expected<bool, Fault> RecordCursor::seek(std::uint64_t sequence) {
  const auto moved = settle(cursor_.seek(RecordKey{sequence, 0}.encoded()));
  if (!moved) return moved;
  return *moved && sequence_ == sequence;
}

tl::expected<bool, Fault> RecordCursor::next() {
  return settle(cursor_.move(MDB_NEXT));
}

/// After a move: passes over parts of a record that is being pruned, or has been read in part only.
tl::expected<bool, Fault> RecordCursor::settle(tl::expected<bool, Fault> moved) {
  while (moved && *moved) {
    const auto key = RecordKey::decoded(cursor_.key());
    if (!key) return tl::unexpected(Fault{FaultCode::Damaged});
    sequence_ = key->sequence;
    if (key->part == 0) return true;
    moved = cursor_.seek(RecordKey{sequence_ + 1, 0}.encoded());
  }
  return moved;
}

tl::expected<RecordHead, Fault> RecordCursor::head() const {
  const auto head = headOf(cursor_.value());
  if (!head) return tl::unexpected(damaged());
  return *head;
}

tl::expected<void, Fault> RecordCursor::read(Record& record, std::vector<std::byte>& whole) {
  const auto bytes = gather(whole);
  if (!bytes) return tl::unexpected(bytes.error());
  if (!decode(*bytes, sequence_, record)) return tl::unexpected(damaged());
  return {};
}

/// The record's bytes: in place, where it is a single part.
tl::expected<Bytes, Fault> RecordCursor::gather(std::vector<std::byte>& whole) {
  const auto first = head();
  if (!first) return tl::unexpected(first.error());
  const std::uint64_t parts = partsOf(first->size);
  if (parts == 1) return cursor_.value();
  whole.clear();
  for (std::uint64_t part = 0;;) {
    const Bytes bytes = cursor_.value();
    if (bytes.size() != std::min<std::uint64_t>(kPartSize, first->size - whole.size())) break;
    whole.insert(whole.end(), bytes.begin(), bytes.end());
    if (++part == parts) return Bytes(whole);
    const auto moved = cursor_.move(MDB_NEXT);
    if (!moved) return tl::unexpected(moved.error());
    const auto key = *moved ? RecordKey::decoded(cursor_.key()) : std::nullopt;
    if (!key || key->sequence != sequence_ || key->part != part) break;
  }
  return tl::unexpected(damaged());
}

tl::expected<std::uint64_t, Fault> newestSequence(const Transaction& transaction) {
  const auto stored = newestStored(transaction);
  if (!stored || *stored != 0) return stored;
  return rememberedNewest(transaction).map([](const auto& newest) -> std::uint64_t {
    return newest ? newest->sequence : 0;
  });
}

tl::expected<std::optional<Newest>, Fault> newestOf(const Transaction& transaction) {
  const auto sequence = newestStored(transaction);
  if (!sequence) return tl::unexpected(sequence.error());
  auto cursor = RecordCursor::open(transaction);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto isWhole = cursor->seek(*sequence);
  if (!isWhole) return tl::unexpected(isWhole.error());
  if (!*isWhole) return rememberedNewest(transaction);

  Record record;
  std::vector<std::byte> whole;
  const auto read = cursor->read(record, whole);
  if (!read) return tl::unexpected(read.error());
  return Newest{record.sequence, record.publishedAt, std::move(record.id)};
}

tl::expected<std::uint64_t, Fault> oldestSequence(const Transaction& transaction) {
  auto cursor = RecordCursor::open(transaction);
  if (!cursor) return tl::unexpected(cursor.error());
  return cursor->seekAfter(0).map([&](bool found) { return found ? cursor->sequence() : 0; });
}

}  // namespace mercure::history
