#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace mercure::history::test {

/// A fresh directory of this process's, deleted with all that it holds by the process that made it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : process_(getpid()) {
    std::string name = (std::filesystem::temp_directory_path() / "mercure-history-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (process_ == getpid()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string dataFile() const { return path_ + "/data.mdb"; }
  [[nodiscard]] std::string lockFile() const { return path_ + "/lock.mdb"; }

 private:
  pid_t process_;
  std::string path_;
};

}  // namespace mercure::history::test
