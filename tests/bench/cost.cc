#include "cost.h"

#include <unistd.h>

#include <ctime>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace bench {

namespace {

/// What /proc/PID/stat says after the process's name; empty when there is no such process.
std::vector<std::string> statOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto nameEnd = line.rfind(')');  // a name may hold anything, brackets and blanks too
  if (nameEnd == std::string::npos) return {};
  std::istringstream fields(line.substr(nameEnd + 1));
  return {std::istream_iterator<std::string>(fields), {}};
}

pid_t parentOf(pid_t process) {
  const auto fields = statOf(process);
  return fields.size() > 1 ? std::atoi(fields[1].c_str()) : 0;
}

std::set<pid_t> withDescendants(const std::vector<pid_t>& roots) {
  std::set<pid_t> all(roots.begin(), roots.end());
  for (std::size_t before = 0; before != all.size();) {
    before = all.size();
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t process = std::atoi(entry.path().filename().c_str());
      if (process > 0 && all.contains(parentOf(process))) all.insert(process);
    }
  }
  return all;
}

/// Of children that have ended: nothing counts that more finely than in clock ticks.
double reapedCpuSecondsOf(pid_t process) {
  const auto fields = statOf(process);
  if (fields.size() < 15) return 0;
  return (std::atof(fields[13].c_str()) + std::atof(fields[14].c_str())) /
         static_cast<double>(sysconf(_SC_CLK_TCK));
}

double cpuSecondsOf(pid_t process) {
  clockid_t clock{};
  timespec spent{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

double pssBytesOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Pss:")) return std::strtod(line.c_str() + 4, nullptr) * 1024;
  return 0;
}

}  // namespace

Cost costOf(const std::vector<pid_t>& roots) {
  Cost cost;
  for (const pid_t process : withDescendants(roots)) {
    cost.cpuSeconds += cpuSecondsOf(process) + reapedCpuSecondsOf(process);
    cost.pssBytes += pssBytesOf(process);
  }
  return cost;
}

}  // namespace bench
