#pragma once

#include <string>

#include <tl/expected.hpp>

#include "history/fault.h"

namespace mercure::history {

/// A process's claim to be the only one within itself that has a directory's environment open. LMDB's locks
/// are the process's: with two of an environment, the end of one would silently unlock the other.
class DirectoryClaim {
 public:
  /// `AlreadyOpen` when this process holds one on the same directory, under whatever name. Any thread.
  [[nodiscard]] static tl::expected<DirectoryClaim, Fault> make(const std::string& directory);

  DirectoryClaim(DirectoryClaim&& other) noexcept;
  DirectoryClaim& operator=(DirectoryClaim&& other) noexcept;
  DirectoryClaim(const DirectoryClaim&) = delete;
  DirectoryClaim& operator=(const DirectoryClaim&) = delete;
  ~DirectoryClaim();

 private:
  explicit DirectoryClaim(unsigned long number) noexcept : number_(number) {}
  unsigned long number_;  // 0: moved from
};

}  // namespace mercure::history
