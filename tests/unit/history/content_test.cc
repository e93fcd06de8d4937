#include <lmdb.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "history/bytes.h"
#include "history/keys.h"
#include "history/layout.h"
#include "history/record_format.h"
#include "history/sound_archive.h"

#include <CppUTest/TestHarness.h>

// Files that LMDB finds nothing wrong with, but that are not what this version of an archive says.
namespace mercure::history::test {

namespace {

/// Changes an archive through LMDB itself.
void change(const std::string& directory, const char* tree,
            const std::function<void(MDB_txn*, MDB_dbi)>& act) {
  MDB_env* environment = nullptr;
  MDB_txn* transaction = nullptr;
  MDB_dbi dbi = 0;
  mdb_env_create(&environment);
  mdb_env_set_maxdbs(environment, 4);
  if (mdb_env_open(environment, directory.c_str(), 0, 0600) != 0 ||
      mdb_txn_begin(environment, nullptr, 0, &transaction) != 0 ||
      mdb_dbi_open(transaction, tree, tree == nullptr ? 0 : MDB_CREATE, &dbi) != 0) {
    std::abort();
  }
  act(transaction, dbi);
  if (mdb_txn_commit(transaction) != 0) std::abort();
  mdb_env_close(environment);
}

MDB_val valueOf(Bytes bytes) {
  return {bytes.size(), const_cast<std::byte*>(bytes.data())};
}

Bytes get(MDB_txn* transaction, MDB_dbi tree, Bytes key) {
  MDB_val name = valueOf(key);
  MDB_val value{};
  if (mdb_get(transaction, tree, &name, &value) != 0) std::abort();
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

void put(MDB_txn* transaction, MDB_dbi tree, Bytes key, Bytes value) {
  MDB_val name = valueOf(key);
  MDB_val content = valueOf(value);
  if (mdb_put(transaction, tree, &name, &content, 0) != 0) std::abort();
}

void remove(MDB_txn* transaction, MDB_dbi tree, Bytes key) {
  MDB_val name = valueOf(key);
  if (mdb_del(transaction, tree, &name, nullptr) != 0) std::abort();
}

}  // namespace

TEST_GROUP(Content) {
  SoundArchive sound;
  ArchiveFixture& fixture = sound.fixture;
};

TEST(Content, anotherLayoutVersion) {
  change(fixture.directory.path(), kAboutTree, [](MDB_txn* transaction, MDB_dbi tree) {
    std::string layout(textOf(get(transaction, tree, bytesOf("layout"))));
    const std::uint32_t version = kLayoutVersion + 1;
    std::memcpy(layout.data() + 8, &version, sizeof version);
    put(transaction, tree, bytesOf("layout"), bytesOf(layout));
  });
  sound.checkBad("layout version 1");
  sound.checkDoesNotOpen(FaultCode::OtherLayout);
}

TEST(Content, somebodyElsesData) {
  unlink(fixture.directory.dataFile().c_str());
  change(fixture.directory.path(), "addresses",
         [](MDB_txn* transaction, MDB_dbi tree) { put(transaction, tree, bytesOf("x"), bytesOf("y")); });
  sound.checkBad("unknown tree: addresses");
  sound.checkDoesNotOpen(FaultCode::OtherLayout);

  unlink(fixture.directory.dataFile().c_str());
  change(fixture.directory.path(), nullptr,
         [](MDB_txn* transaction, MDB_dbi tree) { put(transaction, tree, bytesOf("about"), bytesOf("y")); });
  sound.checkBad("unknown flags");
  sound.checkDoesNotOpen(FaultCode::OtherLayout);
}

TEST(Content, treesThatContradictEachOther) {
  const auto contradict = [&](const char* part, const char* tree,
                              const std::function<void(MDB_txn*, MDB_dbi)>& act) {
    sound.restore();
    change(fixture.directory.path(), tree, act);
    sound.checkBad(part);
  };
  contradict("the ids are not those", kRecordsTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    remove(transaction, tree, RecordKey{50, 0}.encoded());
  });
  contradict("the ids are not those", kIdsTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    put(transaction, tree, IdKey{hashOf("x", 1), 50}.encoded(), {});
  });
  contradict("not one", kIdsTree,
             [&](MDB_txn* transaction, MDB_dbi tree) { put(transaction, tree, bytesOf("x"), {}); });
  contradict("not one", kRecordsTree,
             [&](MDB_txn* transaction, MDB_dbi tree) { put(transaction, tree, bytesOf("x"), {}); });
  contradict("record 60: its end is missing", kRecordsTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    remove(transaction, tree, RecordKey{60, 2}.encoded());
  });
  contradict("record 60: its parts don't fit", kRecordsTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    remove(transaction, tree, RecordKey{60, 1}.encoded());
  });
  contradict("record 60: it has lost its beginning", kRecordsTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    remove(transaction, tree, RecordKey{60, 0}.encoded());
  });
  contradict("record 50: its checksum is wrong", kRecordsTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    std::vector<std::byte> encoded;
    encode(Sample(51, 10).view(), hashOf("urn:sample:51", 0), encoded);
    put(transaction, tree, RecordKey{50, 0}.encoded(), encoded);
  });
  contradict("unknown entry", kAboutTree,
             [&](MDB_txn* transaction, MDB_dbi tree) { put(transaction, tree, bytesOf("x"), {}); });
  contradict("newest record is damaged", kAboutTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    put(transaction, tree, bytesOf("newest"), bytesOf(std::string(30, 'x')));
  });
}

// The first parts of a large record may be gone already when a process dies that prunes it.
TEST(Content, whatIsLeftOfAPrunedRecordIsGood) {
  writeFile(fixture.directory.dataFile(), "");
  fixture.append(1, 20'000);
  fixture.append(2, 100);
  fixture.close();
  const auto first = RecordKey{1, 0}.encoded();
  IdKey id{.hash = {}, .sequence = 1};
  change(fixture.directory.path(), kRecordsTree, [&](MDB_txn* transaction, MDB_dbi tree) {
    id.hash = headOf(get(transaction, tree, first))->idHash;
    remove(transaction, tree, first);
  });
  sound.checkBad("the ids are not those");
  change(fixture.directory.path(), kIdsTree,
         [&](MDB_txn* transaction, MDB_dbi tree) { remove(transaction, tree, id.encoded()); });
  sound.checkGood();
  UNSIGNED_LONGS_EQUAL(2, fixture.oldest());
  UNSIGNED_LONGS_EQUAL(1, fixture.readAll());
  UNSIGNED_LONGS_EQUAL(1, fixture.statistics().records);
  sound.exercise();
}

}  // namespace mercure::history::test
