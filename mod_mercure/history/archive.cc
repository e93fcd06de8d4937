#include "history/archive.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "history/environment.h"
#include "history/keys.h"
#include "history/pruning.h"
#include "history/record_cursor.h"
#include "history/record_format.h"

namespace mercure::history {

namespace {

using Access = Environment::Access;

constexpr int kAttempts = 15;
constexpr std::chrono::milliseconds kFirstPause{1};  // each is twice as long as the one before
constexpr std::chrono::milliseconds kLongestPause{50};
constexpr int kPruneSteps = 8;

/// Whether a record is stored that has the same sequence number, time and id.
tl::expected<bool, Fault> isStored(const Transaction& transaction, const NewRecord& record,
                                   const IdHash& idHash) {
  auto cursor = RecordCursor::open(transaction);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto found = cursor->seek(record.sequence);
  if (!found || !*found) return found;
  return cursor->head().map([&](const RecordHead& head) {
    return head.publishedAt == record.publishedAt && head.idHash == idHash;
  });
}

/// Puts encoded records into the trees.
class Storing {
 public:
  Storing(const Transaction& transaction, Cursor records) noexcept
      : transaction_(transaction), records_(std::move(records)) {}

  tl::expected<void, Fault> store(const NewRecord& record, const IdHash& idHash) {
    encode(record, idHash, encoded_);
    RecordKey key{record.sequence, 0};
    for (Bytes rest = encoded_; !rest.empty(); ++key.part) {
      const Bytes part = rest.first(std::min(rest.size(), kPartSize));
      const auto stored = records_.append(key.encoded(), part);
      if (!stored) return stored;
      rest = rest.subspan(part.size());
    }
    return transaction_.put(transaction_.trees().ids, IdKey{idHash, record.sequence}.encoded(), {});
  }

 private:
  const Transaction& transaction_;
  Cursor records_;
  std::vector<std::byte> encoded_;
};

}  // namespace

struct Archive::State {
  Options options;
  std::unique_ptr<Environment> environment;
  Limits limits;

  [[nodiscard]] std::uint64_t pagesFor(std::span<const NewRecord> records) const noexcept;
  [[nodiscard]] Bounds boundsAt(std::int64_t now) const noexcept;
  [[nodiscard]] tl::expected<void, Fault> append(std::span<const NewRecord> records, std::uint64_t needed);
  [[nodiscard]] tl::expected<void, Fault> store(const Transaction& transaction,
                                                std::span<const NewRecord> records) const;
  [[nodiscard]] tl::expected<Pruned, Fault> pruneAndCommit(const Bounds& bounds);
  [[nodiscard]] tl::expected<void, Fault> commit(Transaction transaction);
  [[nodiscard]] int beforeSync() const { return options.beforeSync ? options.beforeSync() : 0; }

  /// Calls `look` with a read transaction. What a reader sees while two commits overtake it can be torn: then
  /// it looks once more.
  template <typename Look>
  auto reading(Look look) const -> decltype(look(std::declval<const Transaction&>())) {
    for (bool again = true;; again = false) {
      const auto transaction = environment->begin(Access::Read);
      if (!transaction) return tl::unexpected(transaction.error());
      auto seen = look(*transaction);
      const bool mayBeTorn = !seen && seen.error().code == FaultCode::Damaged && seen.error().sequence == 0;
      if (!mayBeTorn || !again) return seen;
    }
  }
};

std::uint64_t Archive::State::pagesFor(std::span<const NewRecord> records) const noexcept {
  std::uint64_t pages = kPagesOfATransaction;
  for (const NewRecord& record : records) pages += limits.pagesFor(storedSize(record));
  return pages;
}

Bounds Archive::State::boundsAt(std::int64_t now) const noexcept {
  Bounds bounds{.pages = limits.pruneAbove()};
  if (options.maxCount != 0) bounds.records = options.maxCount;
  if (options.maxAge.count() != 0) bounds.notBefore = now - options.maxAge.count();
  return bounds;
}

tl::expected<void, Fault> Archive::State::append(std::span<const NewRecord> records, std::uint64_t needed) {
  for (;;) {
    auto transaction = environment->begin(Access::Write);
    if (!transaction) return tl::unexpected(transaction.error());
    if (limits.fits(transaction->pagesInUse(), needed)) {
      const auto stored = store(*transaction, records);
      if (!stored) return stored;
      const auto pruned = pruneAStep(*transaction, limits, boundsAt(records.back().publishedAt));
      if (!pruned) return tl::unexpected(pruned.error());
      return commit(*std::move(transaction));
    }
    // Much is needed at once: it takes a few transactions to make room for it.
    const auto pruned = pruneAStep(*transaction, limits, {.pages = limits.pages - limits.reserve - needed});
    if (!pruned) return tl::unexpected(pruned.error());
    if (pruned->parts == 0) return tl::unexpected(Fault{FaultCode::Full});
    const auto committed = commit(*std::move(transaction));
    if (!committed) return committed;
  }
}

tl::expected<void, Fault> Archive::State::store(const Transaction& transaction,
                                                std::span<const NewRecord> records) const {
  const auto newest = newestSequence(transaction);
  if (!newest) return tl::unexpected(newest.error());
  auto cursor = Cursor::open(transaction, transaction.trees().records);
  if (!cursor) return tl::unexpected(cursor.error());
  Storing storing(transaction, *std::move(cursor));
  std::uint64_t last = *newest;
  for (const NewRecord& record : records) {
    const IdHash idHash = hashOf(record.id, transaction.trees().idSeed);
    if (record.sequence <= last) {
      const auto stored = isStored(transaction, record, idHash);
      if (!stored) return tl::unexpected(stored.error());
      if (!*stored) return tl::unexpected(Fault{FaultCode::OutOfOrder, 0, record.sequence});
      continue;
    }
    const auto stored = storing.store(record, idHash);
    if (!stored) return stored;
    last = record.sequence;
  }
  return {};
}

tl::expected<void, Fault> Archive::State::commit(Transaction transaction) {
  if (options.sync == Sync::On) {
    const int error = beforeSync();
    if (error != 0) return tl::unexpected(faultOf(error));
  }
  return transaction.commit();
}

tl::expected<Pruned, Fault> Archive::State::pruneAndCommit(const Bounds& bounds) {
  auto transaction = environment->begin(Access::Write);
  if (!transaction) return tl::unexpected(transaction.error());
  const auto pruned = pruneAStep(*transaction, limits, bounds);
  if (!pruned || pruned->parts == 0) return pruned;
  const auto committed = commit(*std::move(transaction));
  if (!committed) return tl::unexpected(committed.error());
  return pruned;
}

Archive::Archive(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {
}
Archive::Archive(Archive&& other) noexcept = default;
Archive& Archive::operator=(Archive&& other) noexcept = default;
Archive::~Archive() = default;

tl::expected<Archive, Fault> Archive::open(const std::string& directory, Options options) {
  auto environment = Environment::open(
      directory,
      {.maxSize = options.maxSize, .maxReaders = options.maxReaders, .sync = options.sync == Sync::On});
  if (!environment) return tl::unexpected(environment.error());
  const Limits limits(options.maxSize, (*environment)->pageSize());
  return Archive(std::make_unique<State>(State{std::move(options), *std::move(environment), limits}));
}

tl::expected<Archive, Fault> Archive::openReadOnly(const std::string& directory) {
  auto environment = Environment::open(directory, {.maxReaders = 1, .readOnly = true});
  if (!environment) return tl::unexpected(environment.error());
  const Limits limits(0, (*environment)->pageSize());
  return Archive(std::make_unique<State>(State{Options{}, *std::move(environment), limits}));
}

tl::expected<void, Fault> Archive::append(std::span<const NewRecord> records) {
  if (records.empty()) return {};
  const std::uint64_t needed = state_->pagesFor(records);
  if (needed > state_->limits.largestAppend) return tl::unexpected(Fault{FaultCode::TooLarge});
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt, pause = std::min(2 * pause, kLongestPause)) {
    const auto appended = state_->append(records, needed);
    if (appended) return {};
    const Fault fault = appended.error();
    if (fault.code == FaultCode::IoError && fault.error == EIO) {
      const int refusal = state_->environment->refusalToGrow(needed * state_->limits.pageSize);
      return tl::unexpected(refusal != 0 ? faultOf(refusal) : fault);
    }
    // What was pruned comes back when the readers that may still see it are done, or found dead.
    if (fault.code != FaultCode::Full || attempt == kAttempts) return tl::unexpected(fault);
    static_cast<void>(state_->environment->clearStaleReaders());
    std::this_thread::sleep_for(pause);
  }
}

Budget Archive::budget() const noexcept {
  return state_->limits.budget;
}

std::uint64_t Archive::largestRecord() const noexcept {
  return state_->limits.largestRecord();
}

tl::expected<bool, Fault> Archive::prune(std::int64_t now) {
  const Bounds bounds = state_->boundsAt(now);
  const auto exceeding =
      state_->reading([&](const Transaction& transaction) { return exceeds(transaction, bounds); });
  if (!exceeding || !*exceeding) return exceeding;
  for (int step = 0; step < kPruneSteps; ++step) {
    const auto pruned = state_->pruneAndCommit(bounds);
    if (!pruned) return tl::unexpected(pruned.error());
    if (pruned->done) return false;
  }
  return true;
}

tl::expected<void, Fault> Archive::sync() {
  const int error = state_->beforeSync();
  if (error != 0) return tl::unexpected(faultOf(error));
  return state_->environment->sync();
}

tl::expected<unsigned, Fault> Archive::clearStaleReaders() {
  return state_->environment->clearStaleReaders();
}

tl::expected<std::optional<std::uint64_t>, Fault> Archive::positionOf(std::string_view id) const {
  return state_->reading(
      [&](const Transaction& transaction) -> tl::expected<std::optional<std::uint64_t>, Fault> {
        const IdHash hash = hashOf(id, transaction.trees().idSeed);
        auto ids = Cursor::open(transaction, transaction.trees().ids);
        if (!ids) return tl::unexpected(ids.error());
        auto records = RecordCursor::open(transaction);
        if (!records) return tl::unexpected(records.error());
        Record record;
        std::vector<std::byte> whole;
        auto found = ids->seek(IdKey{hash, 0}.encoded());
        for (; found && *found; found = ids->move(MDB_NEXT)) {
          const auto key = IdKey::decoded(ids->key());
          if (!key || key->hash != hash) return std::nullopt;
          const auto stored = records->seek(key->sequence);
          if (!stored) return tl::unexpected(stored.error());
          if (!*stored) return tl::unexpected(Fault{FaultCode::Damaged, 0, key->sequence});
          const auto read = records->read(record, whole);
          if (!read) return tl::unexpected(read.error());
          if (record.id == id) return key->sequence;
        }
        if (!found) return tl::unexpected(found.error());
        return std::nullopt;
      });
}

tl::expected<void, Fault> Archive::read(std::uint64_t after, Slice& slice) const {
  return state_->reading([&](const Transaction& transaction) -> tl::expected<void, Fault> {
    slice.clear();
    const auto oldest = oldestSequence(transaction);
    if (!oldest) return tl::unexpected(oldest.error());
    auto cursor = RecordCursor::open(transaction);
    if (!cursor) return tl::unexpected(cursor.error());
    auto found = cursor->seekAfter(after);
    for (; found && *found && !slice.isFull(); found = cursor->next()) {
      const auto read = cursor->read(slice.spare(), slice.whole_);
      if (!read) return read;
      slice.keep();
    }
    if (!found) return tl::unexpected(found.error());
    slice.hasMore_ = *found;
    const auto newest = newestSequence(transaction);
    if (!newest) return tl::unexpected(newest.error());
    const std::uint64_t goneUpTo = *oldest != 0 ? *oldest - 1 : *newest;
    slice.isOvertaken_ = after != 0 && goneUpTo > after;
    return {};
  });
}

tl::expected<bool, Fault> Archive::holds(const NewRecord& record) const {
  return state_->reading([&](const Transaction& transaction) {
    return isStored(transaction, record, hashOf(record.id, transaction.trees().idSeed));
  });
}

tl::expected<std::optional<Newest>, Fault> Archive::newest() const {
  return state_->reading([](const Transaction& transaction) { return newestOf(transaction); });
}

tl::expected<std::optional<std::uint64_t>, Fault> Archive::oldest() const {
  return state_->reading([](const Transaction& transaction) {
    return oldestSequence(transaction).map([](std::uint64_t sequence) {
      return sequence != 0 ? std::optional(sequence) : std::nullopt;
    });
  });
}

tl::expected<Statistics, Fault> Archive::statistics() const {
  const auto fileSize = state_->environment->fileSize();
  if (!fileSize) return tl::unexpected(fileSize.error());
  return state_->reading([&](const Transaction& transaction) -> tl::expected<Statistics, Fault> {
    Statistics statistics{.records = transaction.entries(transaction.trees().ids),
                          .bytesInUse = transaction.pagesInUse() * state_->limits.pageSize,
                          .fileSize = *fileSize};
    auto cursor = RecordCursor::open(transaction);
    if (!cursor) return tl::unexpected(cursor.error());
    const auto found = cursor->seekAfter(0);
    if (!found) return tl::unexpected(found.error());
    if (!*found) return statistics;
    const auto oldest = cursor->head();
    if (!oldest) return tl::unexpected(oldest.error());
    const auto newest = newestOf(transaction);
    if (!newest) return tl::unexpected(newest.error());
    statistics.oldest = oldest->publishedAt;
    statistics.newest = *newest ? (*newest)->publishedAt : 0;
    return statistics;
  });
}

std::uint64_t storedSize(const NewRecord& record) noexcept {
  return encodedSize(record).value_or(std::numeric_limits<std::uint64_t>::max() / 2);
}

}  // namespace mercure::history
