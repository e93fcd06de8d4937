#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mercure::history {

/// An update to store. Views need to live for the call only.
struct NewRecord {
  std::uint64_t sequence = 0;    ///< greater than every one before, from 1 on; gaps are allowed
  std::int64_t publishedAt = 0;  ///< µs since 1970
  std::uint8_t flags = 0;        ///< the caller's; any value comes back as it is
  std::span<const std::string> topics = {};
  std::string_view id = {};  ///< need not be unique
  std::string_view event = {};
};

/// A record read back: its own copy.
struct Record {
  std::uint64_t sequence = 0;
  std::int64_t publishedAt = 0;  ///< µs since 1970
  std::uint8_t flags = 0;
  std::vector<std::string> topics;
  std::string id;
  std::string event;
};

/// What is remembered of the newest record when it is gone.
struct Newest {
  std::uint64_t sequence = 0;
  std::int64_t publishedAt = 0;  ///< µs since 1970
  std::string id;
};

}  // namespace mercure::history
