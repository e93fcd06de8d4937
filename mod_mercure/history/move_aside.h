#pragma once

#include <ctime>
#include <string>

#include <tl/expected.hpp>

namespace mercure::history {

/// Makes way for a new archive in a directory: its two files, whatever they are, get names that end in
/// `.damaged-YYYYmmddTHHMMSS`, in UTC. Only the last ones are kept: those of an earlier call are deleted, so
/// that no disk fills with them. Nobody may have the archive open. The new path of the data file, or what
/// went wrong. Safe for root too: it never leaves the directory and follows no link in it.
[[nodiscard]] tl::expected<std::string, std::string> moveAside(const std::string& directory, std::time_t now);

}  // namespace mercure::history
