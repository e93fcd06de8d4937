#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

#include "hub/hub_fixture.h"

namespace mercure::hub::test {

/// The event of the update with this number.
[[nodiscard]] inline std::string numbered(std::size_t number, std::size_t padding = 0) {
  return "data: " + std::to_string(number) + std::string(padding, ' ') + "\n\n";
}

/// The events of those from `first` on, up to and without `end`.
[[nodiscard]] inline std::string numbered(std::size_t first, std::size_t end, std::size_t padding) {
  std::string all;
  for (; first < end; ++first) all += numbered(first, padding);
  return all;
}

[[nodiscard]] inline std::string idOf(std::size_t number) {
  return "urn:" + std::to_string(number);
}

/// Publishes updates on topic "a", each with its own number, from 0 on. One thread at a time.
class NumberedUpdates {
 public:
  explicit NumberedUpdates(HubFixture& fixture, std::size_t padding = 0)
      : fixture_(fixture), padding_(padding) {}

  void publish(std::size_t count) {
    for (; count > 0; --count, ++next_)
      fixture_.publish({"a"}, numbered(next_, padding_), false, idOf(next_));
  }
  /// How many there have been.
  [[nodiscard]] std::size_t count() const { return next_; }
  /// The events of all from `first` on.
  [[nodiscard]] std::string from(std::size_t first) const { return numbered(first, next_, padding_); }

 private:
  HubFixture& fixture_;
  std::size_t padding_;
  std::atomic<std::size_t> next_{0};
};

/// As long as it lives, a thread goes on publishing.
class Going {
 public:
  explicit Going(NumberedUpdates& updates)
      : thread_([this, &updates] {
          while (!enough_) {
            updates.publish(1);
            std::this_thread::yield();
          }
        }) {}
  Going(const Going&) = delete;
  Going& operator=(const Going&) = delete;
  ~Going() {
    enough_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> enough_{false};
  std::thread thread_;
};

}  // namespace mercure::hub::test
