#pragma once

#include <lmdb.h>

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <utility>

#include <tl/expected.hpp>

#include "history/bytes.h"
#include "history/fault.h"

namespace mercure::history {

/// The tree of LMDB's own that has the others by their names.
inline constexpr MDB_dbi kMainTree = 1;

/// LMDB's handles of the trees that layout.h draws, and what it takes to find an id in one.
struct Trees {
  MDB_dbi about = 0;
  MDB_dbi ids = 0;
  MDB_dbi records = 0;
  std::uint64_t idSeed = 0;  ///< see hashOf()
};

/// A read or write transaction, undone by its end unless it was committed. Belongs to the thread that began
/// it, which must not begin another one meanwhile. Every view of a key or a value ends with it; in a write
/// transaction, with the next change too.
class Transaction {
 public:
  /// `use` keeps the environment as it is until the end.
  Transaction(std::shared_lock<std::shared_mutex> use, MDB_txn* handle, const Trees& trees) noexcept
      : use_(std::move(use)), handle_(handle), trees_(trees) {}

  [[nodiscard]] MDB_txn* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] const Trees& trees() const noexcept { return trees_; }

  /// The value under a key of a tree; `found` false: there is none.
  struct Value {
    bool found = false;
    Bytes bytes;
  };
  [[nodiscard]] tl::expected<Value, Fault> get(MDB_dbi tree, Bytes key) const;
  [[nodiscard]] tl::expected<void, Fault> put(MDB_dbi tree, Bytes key, Bytes value) const;
  /// A key that is not there is no fault.
  [[nodiscard]] tl::expected<void, Fault> remove(MDB_dbi tree, Bytes key) const;

  /// Pages that hold something in the transaction's eyes, those that list free ones included.
  [[nodiscard]] std::uint64_t pagesInUse() const noexcept;
  [[nodiscard]] std::uint64_t entries(MDB_dbi tree) const noexcept;

  /// Ends the transaction; no cursor may be left. With a fault nothing was changed.
  [[nodiscard]] tl::expected<void, Fault> commit() noexcept;

 private:
  struct Abort {
    void operator()(MDB_txn* handle) const noexcept { mdb_txn_abort(handle); }
  };
  std::shared_lock<std::shared_mutex> use_;
  std::unique_ptr<MDB_txn, Abort> handle_;
  Trees trees_;
};

/// A place in a tree; must end before its transaction does.
class Cursor {
 public:
  [[nodiscard]] static tl::expected<Cursor, Fault> open(const Transaction& transaction, MDB_dbi tree);

  /// Moves as LMDB's operation says (MDB_FIRST, MDB_NEXT, MDB_LAST…); false: there is nothing there.
  [[nodiscard]] tl::expected<bool, Fault> move(MDB_cursor_op operation);
  /// Moves to the first key that is not less than `key`; false: there is none.
  [[nodiscard]] tl::expected<bool, Fault> seek(Bytes key);

  /// Where it stands after a move that gave true.
  [[nodiscard]] Bytes key() const noexcept;
  [[nodiscard]] Bytes value() const noexcept;

  /// Adds an entry whose key is greater than every other.
  [[nodiscard]] tl::expected<void, Fault> append(Bytes key, Bytes value);
  /// Removes the entry where it stands; the next move must be to the first or the last one.
  [[nodiscard]] tl::expected<void, Fault> remove();

 private:
  struct Close {
    void operator()(MDB_cursor* handle) const noexcept { mdb_cursor_close(handle); }
  };
  explicit Cursor(MDB_cursor* handle) noexcept : handle_(handle) {}

  std::unique_ptr<MDB_cursor, Close> handle_;
  MDB_val key_{};
  MDB_val value_{};
};

}  // namespace mercure::history
