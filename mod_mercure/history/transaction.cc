#include "history/transaction.h"

namespace mercure::history {

namespace {

constexpr MDB_dbi kFreeTree = 0;  // LMDB's own: the pages that are free
constexpr std::uint64_t kMetaPages = 2;

/// LMDB takes what it only reads through pointers that could write.
MDB_val valueOf(Bytes bytes) noexcept {
  return {bytes.size(), const_cast<std::byte*>(bytes.data())};
}

Bytes bytesOf(const MDB_val& value) noexcept {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

tl::expected<bool, Fault> found(int error) noexcept {
  if (error == MDB_NOTFOUND) return false;
  if (error != MDB_SUCCESS) return tl::unexpected(faultOf(error));
  return true;
}

MDB_stat statisticsOf(MDB_txn* transaction, MDB_dbi tree) noexcept {
  MDB_stat statistics{};
  mdb_stat(transaction, tree, &statistics);
  return statistics;
}

}  // namespace

tl::expected<Transaction::Value, Fault> Transaction::get(MDB_dbi tree, Bytes key) const {
  MDB_val name = valueOf(key);
  MDB_val value{};
  return found(mdb_get(handle(), tree, &name, &value)).map([&](bool exists) {
    return Value{exists, bytesOf(value)};
  });
}

tl::expected<void, Fault> Transaction::put(MDB_dbi tree, Bytes key, Bytes value) const {
  MDB_val name = valueOf(key);
  MDB_val content = valueOf(value);
  return outcomeOf(mdb_put(handle(), tree, &name, &content, 0));
}

tl::expected<void, Fault> Transaction::remove(MDB_dbi tree, Bytes key) const {
  MDB_val name = valueOf(key);
  return found(mdb_del(handle(), tree, &name, nullptr)).map([](bool) {});
}

std::uint64_t Transaction::pagesInUse() const noexcept {
  std::uint64_t pages = kMetaPages;
  for (const MDB_dbi tree : {kFreeTree, kMainTree, trees_.about, trees_.ids, trees_.records}) {
    const MDB_stat statistics = statisticsOf(handle(), tree);
    pages += statistics.ms_branch_pages + statistics.ms_leaf_pages + statistics.ms_overflow_pages;
  }
  return pages;
}

std::uint64_t Transaction::entries(MDB_dbi tree) const noexcept {
  return statisticsOf(handle(), tree).ms_entries;
}

tl::expected<void, Fault> Transaction::commit() noexcept {
  return outcomeOf(mdb_txn_commit(handle_.release()));
}

tl::expected<Cursor, Fault> Cursor::open(const Transaction& transaction, MDB_dbi tree) {
  MDB_cursor* handle = nullptr;
  return outcomeOf(mdb_cursor_open(transaction.handle(), tree, &handle)).map([&] { return Cursor(handle); });
}

tl::expected<bool, Fault> Cursor::move(MDB_cursor_op operation) {
  return found(mdb_cursor_get(handle_.get(), &key_, &value_, operation));
}

tl::expected<bool, Fault> Cursor::seek(Bytes key) {
  key_ = valueOf(key);
  return move(MDB_SET_RANGE);
}

Bytes Cursor::key() const noexcept {
  return bytesOf(key_);
}

Bytes Cursor::value() const noexcept {
  return bytesOf(value_);
}

tl::expected<void, Fault> Cursor::append(Bytes key, Bytes value) {
  key_ = valueOf(key);
  value_ = valueOf(value);
  return outcomeOf(mdb_cursor_put(handle_.get(), &key_, &value_, MDB_APPEND));
}

tl::expected<void, Fault> Cursor::remove() {
  return outcomeOf(mdb_cursor_del(handle_.get(), 0));
}

}  // namespace mercure::history
