#pragma once

#include <chrono>
#include <string>

namespace mercure::auth::test {

/// What takes the place of DNS in this binary: one name, and what becomes of whoever asks for it. Other names
/// go to the system. As long as it lives, by one thread at a time.
class NameService {
 public:
  /// `address` is numeric; with an empty one, the name is not known.
  NameService(std::string name, std::string address, std::chrono::milliseconds delay = {});
  NameService(const NameService&) = delete;
  NameService& operator=(const NameService&) = delete;
  /// Waits for those who still ask.
  ~NameService();

  /// How many are asking now.
  [[nodiscard]] static int asking();
};

}  // namespace mercure::auth::test
