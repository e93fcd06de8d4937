#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/log.h"

namespace mercure::hub::test {

/// Whose record it is, and which of its own.
struct Origin {
  std::uint32_t writer;
  std::uint32_t index;
};

/// A record whose every byte follows from its origin and its event's size.
struct Sample {
  Sample(Origin origin, std::size_t eventSize)
      : id("urn:sample:" + std::to_string(origin.writer) + ":" + std::to_string(origin.index) + ":" +
           std::to_string(eventSize)) {
    std::uint64_t state = std::uint64_t{origin.writer} << 32U | origin.index;
    for (std::size_t i = 0; i <= origin.index % 4; ++i) {
      topics.push_back("https://example.com/" + std::string(origin.index % 13, 'x') + std::to_string(i));
    }
    event.resize(eventSize);
    for (char& byte : event) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<char>(state >> 56U);
    }
    flags.isPrivate = origin.index % 2 == 1;
    flags.madeByHub = origin.index % 5 == 0;
    flags.generation = static_cast<std::uint8_t>(origin.writer % 2);
  }

  [[nodiscard]] NewRecord view() const { return {topics, id, event, flags}; }

  std::vector<std::string> topics;
  std::string id;
  std::string event;
  RecordFlags flags;
};

/// Who wrote `record`; none when a byte of it is not what that writer wrote.
[[nodiscard]] inline std::optional<Origin> originOf(const Record& record) {
  Origin origin{};
  std::size_t eventSize = 0;
  if (std::sscanf(record.id.c_str(), "urn:sample:%u:%u:%zu", &origin.writer, &origin.index, &eventSize) !=
      3) {
    return std::nullopt;
  }
  if (eventSize != record.event.size()) return std::nullopt;
  const Sample sample(origin, eventSize);
  const bool same = sample.id == record.id && sample.event == record.event &&
                    sample.topics == record.topics && sample.flags.isPrivate == record.flags.isPrivate &&
                    sample.flags.madeByHub == record.flags.madeByHub &&
                    sample.flags.generation == record.flags.generation;
  return same ? std::optional(origin) : std::nullopt;
}

/// Folds a record into a digest of all that were read before it, and of their order.
[[nodiscard]] inline std::uint64_t digest(std::uint64_t before, const Record& record) {
  std::uint64_t result = before ^ record.sequence;
  for (const char byte : record.id) result = (result ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return result;
}

}  // namespace mercure::hub::test
