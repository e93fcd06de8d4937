#include "protocol/url_steps.h"

#include <charconv>

#include "protocol/ascii.h"
#include "protocol/url_encode_sets.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

std::string readUrlInput(std::string_view bytes) {
  std::string input = replaceBrokenUtf8(std::string(bytes));
  std::erase_if(input, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return input;
}

std::optional<std::uint16_t> parsePortNumber(std::string_view digits) noexcept {
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || read != end) return std::nullopt;
  return port;
}

std::string readOpaquePath(std::string_view text) {
  const std::size_t end = text.find_first_of("?#");
  std::string path = encode(text.substr(0, end), kC0ControlSet);
  // A space at the end would be lost if query and fragment were taken away.
  if (end != std::string_view::npos && path.ends_with(' ')) path.replace(path.size() - 1, 1, "%20");
  return path;
}

}  // namespace mercure::protocol
