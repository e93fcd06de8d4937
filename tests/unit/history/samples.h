#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "history/record.h"

namespace mercure::history::test {

/// A record whose every byte follows from its sequence number and its event's size.
class Sample {
 public:
  Sample(std::uint64_t sequence, std::size_t eventSize)
      : sequence_(sequence), id_("urn:sample:" + std::to_string(sequence)) {
    std::uint64_t state = sequence;
    for (std::uint64_t i = 0; i < sequence % 4; ++i) {
      topics_.push_back("https://example.com/" + std::string(sequence % 13, 'x') + std::to_string(i));
    }
    event_.resize(eventSize);
    for (char& byte : event_) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      byte = static_cast<char>(state >> 56U);
    }
  }

  /// Views live as long as the sample does, and stay where they are when it is moved to a vector's end.
  [[nodiscard]] NewRecord view() const {
    return {.sequence = sequence_,
            .publishedAt = timeOf(sequence_),
            .flags = static_cast<std::uint8_t>(sequence_ * 37),
            .topics = topics_,
            .id = id_,
            .event = event_};
  }

  /// One a millisecond.
  [[nodiscard]] static std::int64_t timeOf(std::uint64_t sequence) {
    return 1'700'000'000'000'000 + static_cast<std::int64_t>(sequence) * 1000;
  }

  /// Whether `record` is, to the last byte, the sample with its sequence number and its event's size.
  [[nodiscard]] static bool is(const Record& record) {
    const Sample sample(record.sequence, record.event.size());
    return record.publishedAt == timeOf(record.sequence) &&
           record.flags == static_cast<std::uint8_t>(record.sequence * 37) &&
           record.topics == sample.topics_ && record.id == sample.id_ && record.event == sample.event_;
  }

 private:
  std::uint64_t sequence_;
  std::vector<std::string> topics_;
  std::string id_;
  std::string event_;
};

/// Samples in a row.
class Samples {
 public:
  Samples(std::uint64_t first, std::uint64_t count, std::size_t eventSize) {
    samples_.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) samples_.emplace_back(first + i, eventSize);
    for (const Sample& sample : samples_) views_.push_back(sample.view());
  }
  [[nodiscard]] std::span<const NewRecord> views() const { return views_; }

 private:
  std::vector<Sample> samples_;
  std::vector<NewRecord> views_;
};

}  // namespace mercure::history::test
