#include "endpoint/explanation.h"

#include <algorithm>

#include "protocol/utf8.h"

namespace mercure::endpoint {

namespace {

constexpr std::size_t kLongestLine = 512;
constexpr std::size_t kListed = 3;

std::string printable(std::string_view text, std::size_t limit) {
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const auto step = protocol::decodeUtf8Step(text.substr(at));
    if (at + step.size > limit) return line + "...";
    if (step.valid && !protocol::isControl(step.codePoint)) {
      line += text.substr(at, step.size);
    } else {
      line += '?';
    }
    at += step.size;
  }
  return line;
}

}  // namespace

std::string oneLine(std::string_view text) {
  return printable(text, kLongestLine);
}

std::string excerpt(std::string_view text, std::size_t limit) {
  return '"' + printable(text, limit) + '"';
}

std::string listing(std::span<const std::string> texts) {
  if (texts.empty()) return "nothing";
  std::string list;
  for (const std::string& text : texts.first(std::min(texts.size(), kListed))) {
    if (!list.empty()) list += ", ";
    list += excerpt(text, 80);
  }
  if (texts.size() > kListed) list += " and " + std::to_string(texts.size() - kListed) + " more";
  return list;
}

}  // namespace mercure::endpoint
