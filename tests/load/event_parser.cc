#include "event_parser.h"

#include <charconv>

namespace load {

void EventParser::feed(std::string_view bytes, const std::function<void(std::string_view)>& dispatch) {
  for (;;) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    if (line_.empty()) {
      endLine(bytes.substr(0, end), dispatch);
    } else {
      line_ += bytes.substr(0, end);
      endLine(line_, dispatch);
      line_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  line_ += bytes;
}

void EventParser::endLine(std::string_view line, const std::function<void(std::string_view)>& dispatch) {
  if (line.empty()) {
    lastEventId_ = id_;
    if (!data_.empty()) {
      data_.pop_back();
      dispatch(data_);
    }
    data_.clear();
    return;
  }
  const auto colon = line.find(':');
  if (colon == 0) return;
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  takeField(line.substr(0, colon), value);
}

void EventParser::takeField(std::string_view name, std::string_view value) {
  if (name == "data") {
    data_.append(value).push_back('\n');
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  } else if (name == "retry") {
    long milliseconds = 0;
    const auto [end, error] = std::from_chars(value.begin(), value.end(), milliseconds);
    if (error == std::errc() && end == value.end()) retry_ = Milliseconds(milliseconds);
  }
}

void EventParser::reset() {
  line_.clear();
  data_.clear();
  id_ = lastEventId_;
}

}  // namespace load
