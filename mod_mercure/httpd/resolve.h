#pragma once

#include <string>
#include <vector>

#include "httpd/server_config.h"

namespace mercure::httpd {

/// What is wrong with a hub's configuration as a whole, and what only deserves a warning; each a line for the
/// administrator.
struct Findings {
  std::vector<std::string> faults;
  std::vector<std::string> warnings;
};

/// Turns the directives of every virtual host with a hub into its Site: contradictions are found, keys read.
/// A faulty site says so in Site::fault. Calls `report` with each virtual host that has a hub and what was
/// found. Parent only.
void resolveSites(server_rec* mainServer, void (*report)(server_rec*, const Findings&));

/// The largest value any server gives, or nothing.
[[nodiscard]] std::optional<std::uint64_t> largest(server_rec* mainServer,
                                                   std::optional<std::uint64_t> ServerConfig::*field);

}  // namespace mercure::httpd
