#pragma once

#include <sys/types.h>

#include <vector>

namespace bench {

/// What a server has cost so far, all its processes and threads together.
struct Cost {
  double cpuSeconds = 0;
  double pssBytes = 0;
};

/// The cost of these processes and everything below them, as it stands now.
[[nodiscard]] Cost costOf(const std::vector<pid_t>& roots);

}  // namespace bench
