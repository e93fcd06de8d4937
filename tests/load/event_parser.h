#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace load {

/// Reads an event stream as browsers do (HTML, section 9.2.6), with LF line ends only.
class EventParser {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Takes in bytes; calls `dispatch` with the data of each event that is complete.
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& dispatch);

  /// The connection has ended: what is incomplete is dropped.
  void reset();

  /// Of the last complete event that had one; what a browser sends as Last-Event-ID.
  [[nodiscard]] const std::string& lastEventId() const { return lastEventId_; }

  /// The last `retry:`, if there was one.
  [[nodiscard]] std::optional<Milliseconds> retry() const { return retry_; }

 private:
  void endLine(std::string_view line, const std::function<void(std::string_view)>& dispatch);
  void takeField(std::string_view name, std::string_view value);

  std::string line_;  // an incomplete one
  std::string data_, id_;
  std::string lastEventId_;
  std::optional<Milliseconds> retry_;
};

}  // namespace load
