#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "httpd/server_config.h"

namespace mercure::httpd {

/// Descriptors that a child tries to have, where its hard limit allows.
inline constexpr std::size_t kWantedDescriptors = 65'536;
/// What a child needs besides its streams: log files, listeners, connections being served.
inline constexpr std::size_t kDescriptorsForHttpd = 1024;

/// What a child's limit of open files allows.
struct Capacity {
  std::size_t openFiles;  ///< the hard limit
  std::size_t streams;    ///< in each child
};
[[nodiscard]] Capacity capacity() noexcept;

/// Settings of a virtual host that are allowed and will hurt, each a line for the administrator: what
/// happens, and what to write instead. After its keys have been read; parent only.
[[nodiscard]] std::vector<std::string> adviceOn(const server_rec& server, const ServerConfig& config,
                                                const Site& site);

}  // namespace mercure::httpd
