#include "history/claim.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

namespace mercure::history {

namespace {

struct Claimed {
  dev_t device;
  ino_t inode;
  pid_t process;  // a child has its parent's list, but not what stands in it
  unsigned long number;
};

std::mutex lock;
std::vector<Claimed> claims;
unsigned long newest = 0;

}  // namespace

tl::expected<DirectoryClaim, Fault> DirectoryClaim::make(const std::string& directory) {
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) return tl::unexpected(faultOf(errno));
  const std::lock_guard guard(lock);
  const pid_t self = getpid();
  const bool taken = std::ranges::any_of(claims, [&](const Claimed& claimed) {
    return claimed.device == status.st_dev && claimed.inode == status.st_ino && claimed.process == self;
  });
  if (taken) return tl::unexpected(Fault{FaultCode::AlreadyOpen});
  claims.push_back({status.st_dev, status.st_ino, self, ++newest});
  return DirectoryClaim(newest);
}

DirectoryClaim::DirectoryClaim(DirectoryClaim&& other) noexcept : number_(std::exchange(other.number_, 0)) {
}

DirectoryClaim& DirectoryClaim::operator=(DirectoryClaim&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

DirectoryClaim::~DirectoryClaim() {
  if (number_ == 0) return;
  const std::lock_guard guard(lock);
  std::erase_if(claims, [this](const Claimed& claimed) { return claimed.number == number_; });
}

}  // namespace mercure::history
