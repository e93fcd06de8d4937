#pragma once

#include <string>
#include <string_view>

namespace mercure::mercurectl {

/// Whether an argument asks for help instead of work.
[[nodiscard]] inline bool asksForHelp(std::string_view argument) noexcept {
  return argument == "--help" || argument == "-h";
}

[[nodiscard]] inline std::string quoted(std::string_view argument) {
  return "\"" + std::string(argument) + "\"";
}

}  // namespace mercure::mercurectl
