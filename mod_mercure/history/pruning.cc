#include "history/pruning.h"

#include <string>

#include "history/about.h"
#include "history/record_cursor.h"
#include "history/record_format.h"

namespace mercure::history {

namespace {

bool isBeyond(const Transaction& transaction, const Bounds& bounds, std::int64_t publishedAt) noexcept {
  return publishedAt < bounds.notBefore || transaction.pagesInUse() > bounds.pages ||
         transaction.entries(transaction.trees().ids) > bounds.records;
}

/// Before the newest record goes, for newestOf().
tl::expected<void, Fault> remember(const Transaction& transaction, const RecordHead& head) {
  const auto whole = newestOf(transaction);
  const bool isSound = whole && *whole;
  const std::string value =
      encodeNewest(isSound ? **whole : Newest{head.sequence, head.publishedAt, std::string()});
  return transaction.put(transaction.trees().about, newestKey(), bytesOf(value));
}

/// Undoes what the other trees know of a record that goes.
tl::expected<void, Fault> forget(const Transaction& transaction, const RecordHead& head) {
  const MDB_dbi ids = transaction.trees().ids;
  if (transaction.entries(ids) == 1) {
    const auto remembered = remember(transaction, head);
    if (!remembered) return remembered;
  }
  return transaction.remove(ids, IdKey{head.idHash, head.sequence}.encoded());
}

}  // namespace

tl::expected<bool, Fault> exceeds(const Transaction& transaction, const Bounds& bounds) {
  auto cursor = RecordCursor::open(transaction);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto found = cursor->seekAfter(0);
  if (!found || !*found) return found;
  return cursor->head().map(
      [&](const RecordHead& head) { return isBeyond(transaction, bounds, head.publishedAt); });
}

tl::expected<Pruned, Fault> pruneAStep(const Transaction& transaction, const Limits& limits,
                                       const Bounds& bounds) {
  auto cursor = Cursor::open(transaction, transaction.trees().records);
  if (!cursor) return tl::unexpected(cursor.error());
  Pruned pruned;
  for (std::uint64_t records = 0; pruned.parts < limits.pagesAStep; ++pruned.parts) {
    const auto found = cursor->move(MDB_FIRST);
    if (!found) return tl::unexpected(found.error());
    const auto key = *found ? RecordKey::decoded(cursor->key()) : std::nullopt;
    if (!key) return Pruned{pruned.parts, true};
    if (key->part == 0) {
      // A damaged head has nothing to say; the record goes all the same.
      RecordHead head = headOf(cursor->value()).value_or(RecordHead{});
      head.sequence = key->sequence;
      if (!isBeyond(transaction, bounds, head.publishedAt)) return Pruned{pruned.parts, true};
      if (++records > limits.recordsAStep) return pruned;
      const auto forgotten = forget(transaction, head);
      if (!forgotten) return tl::unexpected(forgotten.error());
    }
    const auto removed = cursor->remove();
    if (!removed) return tl::unexpected(removed.error());
  }
  return pruned;
}

}  // namespace mercure::history
