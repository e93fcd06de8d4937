#include "history/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace mercure::history {

tl::expected<MappedFile, int> MappedFile::map(const Descriptor& file) noexcept {
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return tl::unexpected(errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return MappedFile(Bytes{});
  void* start = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number(), 0);
  if (start == MAP_FAILED) return tl::unexpected(errno);
  return MappedFile(Bytes(static_cast<const std::byte*>(start), size));
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace mercure::history
