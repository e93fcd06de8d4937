#pragma once

#include <tl/expected.hpp>

#include "history/bytes.h"
#include "history/descriptor.h"

namespace mercure::history {

/// A file's bytes, read through memory. Whoever shortens the file meanwhile, and a disk that cannot read it,
/// end the process with SIGBUS.
class MappedFile {
 public:
  /// The whole of it as it is now; the errno on failure.
  [[nodiscard]] static tl::expected<MappedFile, int> map(const Descriptor& file) noexcept;

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  explicit MappedFile(Bytes bytes) noexcept : bytes_(bytes) {}
  Bytes bytes_;
};

}  // namespace mercure::history
