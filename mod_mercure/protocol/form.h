#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mercure::protocol {

struct FormField {
  std::string name;
  std::string value;
  bool wasUtf8 = true;  ///< both were, as they came
};

/// Decodes `application/x-www-form-urlencoded` text, a body or a URL's query alike, by the URL standard's
/// "application/x-www-form-urlencoded parsing": nothing is an error, stray `%` stand for themselves, and
/// names and values are UTF-8 with each broken sequence replaced by U+FFFD. Order and repetitions are kept.
[[nodiscard]] std::vector<FormField> decodeForm(std::string_view text);

}  // namespace mercure::protocol
