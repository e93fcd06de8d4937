#include "protocol/event_stream.h"

#include <algorithm>

namespace mercure::protocol {

namespace {

void appendField(std::string& event, std::string_view name, std::string_view value) {
  event.append(name).append(": ").append(value).append("\n");
}

void appendData(std::string& event, std::string_view data) {
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    appendField(event, "data", data.substr(0, end));
    if (end == std::string_view::npos) return;
    data.remove_prefix(end + (data.substr(end, 2) == "\r\n" ? 2 : 1));
  }
}

}  // namespace

std::string encodeEvent(const Publication& update) {
  constexpr std::size_t kDataField = sizeof("data: \n") - 1;
  constexpr std::size_t kOtherFields = sizeof("event: \nretry: 18446744073709551615\nid: \n\n") - 1;
  const auto lineEnds = static_cast<std::size_t>(
      std::ranges::count_if(update.data, [](char c) { return c == '\r' || c == '\n'; }));

  std::string event;
  event.reserve(kOtherFields + update.type.size() + update.id.size() + update.data.size() +
                (lineEnds + 1) * kDataField);
  if (!update.type.empty()) appendField(event, "event", update.type);
  if (update.retry.value_or(0) != 0) appendField(event, "retry", std::to_string(*update.retry));
  appendField(event, "id", update.id);
  appendData(event, update.data);
  return event.append("\n");
}

std::string encodeRetry(std::chrono::milliseconds wait) {
  std::string event;
  appendField(event, "retry", std::to_string(std::max(wait, std::chrono::milliseconds::zero()).count()));
  return event.append("\n");
}

}  // namespace mercure::protocol
