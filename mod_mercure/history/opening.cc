#include "history/opening.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "history/about.h"
#include "history/files.h"
#include "history/layout.h"
#include "history/limits.h"
#include "history/lmdb_format.h"
#include "history/mapped_file.h"
#include "history/page_walk.h"

namespace mercure::history {

namespace {

constexpr MDB_dbi kTrees = 3;
constexpr mode_t kMode = 0600;

// LMDB's lock file may be found half made, by a process that was killed, or unmade, by one that has just
// closed it (LMDB 0.9.30 and later). Whoever opens it with nobody else there makes it anew.
constexpr int kDeadLocks = EINVAL;
constexpr int kNoLocks = MDB_INVALID;  // the data file, which it could be about too, was looked at before
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{5};

constexpr Fault kNothingYet{FaultCode::IoError, ENOENT};

/// The page size of the file, or of one to be made: LMDB would divide by whatever it finds there.
tl::expected<std::size_t, Fault> expectedPageSize(const std::string& directory, bool mayBeMade) {
  const auto opened = openDirectory(directory);
  if (!opened) return tl::unexpected(opened.error().fault);
  const auto file = openOwnFile(opened->number(), kDataFile, O_RDONLY);
  if (!file) return tl::unexpected(file.error().fault);
  if (!*file) return tl::unexpected(kNothingYet);
  const auto mapped = MappedFile::map(*file);
  if (!mapped) return tl::unexpected(faultOf(mapped.error()));
  if (mapped->bytes().empty()) {
    if (!mayBeMade) return tl::unexpected(kNothingYet);
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  }
  return lmdb::pageSizeOf(mapped->bytes()).map_error([](const auto&) { return Fault{FaultCode::Damaged}; });
}

tl::expected<OpenFiles, Fault> openEnvironment(const std::string& directory, const OpeningOptions& options,
                                               std::size_t pageSize) {
  MDB_env* environment = nullptr;
  int error = mdb_env_create(&environment);
  if (error != 0) return tl::unexpected(faultOf(error));
  OpenFiles files;
  files.environment.reset(environment);
  files.pageSize = pageSize;
  // 0: as large as the file says that it may become.
  const std::uint64_t mapSize = options.readOnly ? 0 : Limits(options.maxSize, pageSize).fileSize();
  // Never MDB_WRITEMAP: a stray pointer anywhere in httpd could write to the file then. Never MDB_NOMEMINIT:
  // bytes of httpd's memory would get there. MDB_NOTLS: a reader is a transaction, not a thread.
  const unsigned flags = unsigned{MDB_NOTLS} | (options.sync ? 0U : unsigned{MDB_NOSYNC}) |
                         (options.readOnly ? unsigned{MDB_RDONLY} : 0U);
  if ((error = mdb_env_set_maxdbs(environment, kTrees)) != 0 ||
      (error = mdb_env_set_maxreaders(environment, options.maxReaders)) != 0 ||
      (error = mdb_env_set_mapsize(environment, mapSize)) != 0 ||
      (error = mdb_env_open(environment, directory.c_str(), flags, kMode)) != 0) {
    return tl::unexpected(faultOf(error));
  }
  // The one descriptor that LMDB would leave to CGI scripts.
  fcntl(dataFile(*environment), F_SETFD, FD_CLOEXEC);
  return files;
}

/// Whether the lock file names another transaction as the newest than the data file does: the next writer
/// would write over pages in use.
bool locksAreStale(MDB_env& environment, const Transaction& transaction) noexcept {
  MDB_envinfo info{};
  mdb_env_info(&environment, &info);
  return mdb_txn_id(transaction.handle()) != info.me_last_txnid + 1;
}

/// Makes a file that is shorter than it says as long: reading beyond its end would end the process. Its last
/// pages may be free ones that were never written; if they are others, the file was cut off.
tl::expected<void, Fault> lengthen(const OpenFiles& files) {
  MDB_envinfo info{};
  mdb_env_info(files.environment.get(), &info);
  const Descriptor file(fcntl(dataFile(*files.environment), F_DUPFD_CLOEXEC, 0));
  if (!file) return tl::unexpected(faultOf(errno));
  const auto mapped = MappedFile::map(file);
  if (!mapped) return tl::unexpected(faultOf(mapped.error()));
  const std::size_t expected = (info.me_last_pgno + 1) * files.pageSize;
  if (mapped->bytes().size() >= expected) return {};
  if (findDamage(mapped->bytes(), [](std::string_view) { return VisitEntry(); })) {
    return tl::unexpected(Fault{FaultCode::Damaged});
  }
  return outcomeOf(ftruncate(file.number(), static_cast<off_t>(expected)) == 0 ? 0 : errno);
}

/// `OtherLayout` when a tree is not there, or not a tree.
tl::expected<Trees, Fault> openTrees(MDB_txn* transaction, bool create) {
  Trees trees;
  for (const auto& [name, tree] : {std::pair(kAboutTree, &trees.about), std::pair(kIdsTree, &trees.ids),
                                   std::pair(kRecordsTree, &trees.records)}) {
    const int error = mdb_dbi_open(transaction, name, create ? unsigned{MDB_CREATE} : 0U, tree);
    if (error == MDB_NOTFOUND || error == MDB_INCOMPATIBLE) {
      return tl::unexpected(Fault{FaultCode::OtherLayout});
    }
    if (error != 0) return tl::unexpected(faultOf(error));
  }
  return trees;
}

tl::expected<Transaction, Fault> begin(const OpenFiles& files, unsigned flags) {
  MDB_txn* handle = nullptr;
  const int error = mdb_txn_begin(files.environment.get(), nullptr, flags, &handle);
  if (error != 0) return tl::unexpected(faultOf(error));
  return Transaction({}, handle, files.trees);
}

/// Opens the trees, or makes them in a file that has none, and reads what the archive says of itself.
tl::expected<void, Fault> openLayout(OpenFiles& files, Transaction transaction, bool mayBeMade) {
  const bool isNew = transaction.entries(kMainTree) == 0;
  if (isNew && !mayBeMade) return tl::unexpected(kNothingYet);
  const auto trees = openTrees(transaction.handle(), isNew);
  if (!trees) return tl::unexpected(trees.error());
  files.trees = *trees;
  if (isNew) {
    const std::string layout = newLayout();
    const auto put = transaction.put(trees->about, layoutKey(), bytesOf(layout));
    if (!put) return put;
  }
  const auto layout = transaction.get(trees->about, layoutKey());
  if (!layout) return tl::unexpected(layout.error());
  const auto about = decodeLayout(layout->bytes);
  if (!about) return tl::unexpected(about.error());
  files.trees.idSeed = about->idSeed;
  return transaction.commit();
}

/// Of a file that was to be larger before, all pages may be in use: without a free one, pruning cannot begin.
tl::expected<void, Fault> leaveRoomToPrune(OpenFiles& files, const Limits& limits) {
  MDB_env* environment = files.environment.get();
  {
    const auto transaction = begin(files, MDB_RDONLY);
    if (!transaction) return tl::unexpected(transaction.error());
    if (limits.fits(transaction->pagesInUse(), 0)) return {};
  }
  MDB_envinfo info{};
  mdb_env_info(environment, &info);
  return outcomeOf(
      mdb_env_set_mapsize(environment, (info.me_last_pgno + 1 + limits.reserve) * files.pageSize));
}

tl::expected<OpenFiles, Fault> tryOpen(const std::string& directory, const OpeningOptions& options) {
  const auto prepared = prepareFiles(directory, options.maxReaders);
  if (!prepared) return tl::unexpected(prepared.error());
  const auto pageSize = expectedPageSize(directory, true);
  if (!pageSize) return tl::unexpected(pageSize.error());
  auto files = openEnvironment(directory, options, *pageSize);
  if (!files) return files;
  auto transaction = begin(*files, 0);
  if (!transaction) return tl::unexpected(transaction.error());
  if (locksAreStale(*files->environment, *transaction)) return tl::unexpected(faultOf(kDeadLocks));
  const auto lengthened = lengthen(*files);
  if (!lengthened) return tl::unexpected(lengthened.error());
  const auto layout = openLayout(*files, *std::move(transaction), true);
  if (!layout) return tl::unexpected(layout.error());
  const auto roomy = leaveRoomToPrune(*files, Limits(options.maxSize, files->pageSize));
  if (!roomy) return tl::unexpected(roomy.error());
  return files;
}

/// A file that is shorter than it says stays so: nobody reads free pages.
tl::expected<OpenFiles, Fault> tryOpenToRead(const std::string& directory, const OpeningOptions& options) {
  const auto pageSize = expectedPageSize(directory, false);
  if (!pageSize) return tl::unexpected(pageSize.error());
  const auto prepared = prepareLockFile(directory);
  if (!prepared) return tl::unexpected(prepared.error());
  auto files = openEnvironment(directory, options, *pageSize);
  if (!files) return files;
  auto transaction = begin(*files, MDB_RDONLY);
  if (!transaction) return tl::unexpected(transaction.error());
  const auto layout = openLayout(*files, *std::move(transaction), false);
  if (!layout) return tl::unexpected(layout.error());
  return files;
}

}  // namespace

tl::expected<OpenFiles, Fault> openFiles(const std::string& directory, const OpeningOptions& options) {
  for (int attempt = 1;; ++attempt) {
    auto files = options.readOnly ? tryOpenToRead(directory, options) : tryOpen(directory, options);
    const int error = files ? 0 : files.error().error;
    if ((error != kDeadLocks && error != kNoLocks) || attempt == kAttempts) return files;
    std::this_thread::sleep_for(kPause);
  }
}

int dataFile(MDB_env& environment) noexcept {
  int number = -1;
  mdb_env_get_fd(&environment, &number);
  return number;
}

}  // namespace mercure::history
