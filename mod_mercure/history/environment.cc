#include "history/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "history/limits.h"

namespace mercure::history {

namespace {

constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{1};  // other readers are done within one

}  // namespace

tl::expected<std::unique_ptr<Environment>, Fault> Environment::open(const std::string& directory,
                                                                    OpeningOptions options) {
  auto claim = DirectoryClaim::make(directory);
  if (!claim) return tl::unexpected(claim.error());
  auto files = openFiles(directory, options);
  if (!files) return tl::unexpected(files.error());
  return std::unique_ptr<Environment>(
      new Environment(*std::move(claim), directory, options, *std::move(files)));
}

Environment::Environment(DirectoryClaim claim, const std::string& directory, OpeningOptions options,
                         OpenFiles files)
    : claim_(std::move(claim)),
      directory_(directory),
      options_(options),
      process_(getpid()),
      pageSize_(files.pageSize),
      files_(std::move(files)) {
}

std::shared_lock<std::shared_mutex> Environment::use() {
  const std::lock_guard passing(door_);
  return std::shared_lock(use_);
}

std::unique_lock<std::shared_mutex> Environment::useAlone() {
  const std::lock_guard passing(door_);
  return std::unique_lock(use_);
}

tl::expected<Transaction, Fault> Environment::begin(Access access) {
  if (getpid() != process_) return tl::unexpected(Fault{FaultCode::WrongProcess});
  const unsigned flags = access == Access::Read ? unsigned{MDB_RDONLY} : 0U;
  int error = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto using_ = use();
    const std::uint64_t generation = generation_;
    MDB_txn* handle = nullptr;
    error = files_.environment ? mdb_txn_begin(files_.environment.get(), nullptr, flags, &handle) : MDB_PANIC;
    if (error == 0) return Transaction(std::move(using_), handle, files_.trees);
    using_.unlock();
    const auto overcame = overcome(error, generation);
    if (!overcame) return tl::unexpected(overcame.error());
  }
  return tl::unexpected(faultOf(error));
}

/// Does what may help against an error that a transaction began with.
tl::expected<void, Fault> Environment::overcome(int error, std::uint64_t generation) {
  switch (error) {
    case MDB_PANIC:
      return reopen(generation);
    case MDB_MAP_RESIZED:
      return followSize();
    case MDB_READERS_FULL:
      std::this_thread::sleep_for(kPause);
      return clearStaleReaders().map([](unsigned) {});
    default:
      return tl::unexpected(faultOf(error));
  }
}

/// LMDB gives an environment up when it could not write a meta page.
tl::expected<void, Fault> Environment::reopen(std::uint64_t generation) {
  const auto alone = useAlone();
  if (generation != generation_) return {};  // another thread has done it
  files_.environment.reset();
  auto files = openFiles(directory_, options_);
  if (!files) return tl::unexpected(files.error());
  files_ = *std::move(files);
  ++generation_;
  return {};
}

tl::expected<void, Fault> Environment::followSize() {
  const auto alone = useAlone();
  MDB_env* environment = files_.environment.get();
  if (environment == nullptr) return {};
  MDB_envinfo info{};
  mdb_env_info(environment, &info);
  const std::uint64_t fileSize = (info.me_last_pgno + 1) * pageSize_;
  if (fileSize <= info.me_mapsize) return {};  // another thread has done it
  // A process with a lower limit may find no free page in the file: without one, pruning cannot begin.
  const std::uint64_t room = Limits(options_.maxSize, pageSize_).reserve * pageSize_;
  const int error = mdb_env_set_mapsize(environment, fileSize + room);
  if (error != 0) files_.environment.reset();  // it has no map at all now
  return outcomeOf(error);
}

tl::expected<void, Fault> Environment::sync() {
  const auto using_ = use();
  if (!files_.environment) return tl::unexpected(faultOf(MDB_PANIC));
  return outcomeOf(mdb_env_sync(files_.environment.get(), 1));
}

tl::expected<unsigned, Fault> Environment::clearStaleReaders() {
  const auto using_ = use();
  int cleared = 0;
  if (!files_.environment) return 0U;
  return outcomeOf(mdb_reader_check(files_.environment.get(), &cleared)).map([&] {
    return static_cast<unsigned>(cleared);
  });
}

tl::expected<std::uint64_t, Fault> Environment::fileSize() {
  const auto using_ = use();
  struct stat status {};
  if (!files_.environment || fstat(dataFile(*files_.environment), &status) != 0) {
    return tl::unexpected(faultOf(errno));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

int Environment::refusalToGrow(std::uint64_t bytes) {
  const auto using_ = use();
  struct stat status {};
  if (!files_.environment) return 0;
  const int file = dataFile(*files_.environment);
  if (fstat(file, &status) != 0) return 0;
  const bool grows = fallocate(file, FALLOC_FL_KEEP_SIZE, status.st_size, static_cast<off_t>(bytes)) == 0;
  return grows || (errno != ENOSPC && errno != EDQUOT && errno != EFBIG) ? 0 : errno;
}

}  // namespace mercure::history
