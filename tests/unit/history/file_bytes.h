#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace mercure::history::test {

[[nodiscard]] inline std::string bytesOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Replaces a file, whatever it is, by one with these bytes and mode 0600.
inline void writeFile(const std::string& path, const std::string& bytes) {
  unlink(path.c_str());
  std::ofstream(path, std::ios::binary) << bytes;
  if (chmod(path.c_str(), 0600) != 0) std::abort();
}

}  // namespace mercure::history::test
