#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "account.h"
#include "event_source.h"

namespace load {

/// Many subscribers in one thread.
class Audience {
 public:
  explicit Audience(const Request& request);

  /// So many more, some at a time: httpd is not to start children for a moment's work.
  void open(std::size_t count);

  /// Reads what has come, waiting for it that long at most, and connects those whose time has come.
  void turn(std::chrono::milliseconds longest);

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] std::size_t streams() const;

  /// Of those that have not given up.
  [[nodiscard]] Account account(const Outcomes& outcomes) const;

 private:
  using Clock = std::chrono::steady_clock;

  void openMore();
  void connect(std::uint32_t index);
  void settle(std::uint32_t index);

  const Request request_;
  Tally tally_;
  int poll_;
  std::deque<EventSource> all_;
  std::size_t wanted_ = 0;
  std::size_t beginning_ = 0;   // those that have not been open yet
  std::vector<bool> hasBegun_;  // by index
  using Due = std::pair<Clock::time_point, std::uint32_t>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace load
