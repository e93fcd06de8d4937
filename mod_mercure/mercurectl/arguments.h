#pragma once

#include <span>
#include <string>
#include <variant>

namespace mercure::mercurectl {

/// What is to be done with a hub's history, and the hub's directory.
struct HistoryCommand {
  enum class Action { Stats, Dump, Verify };
  Action action = Action::Stats;
  std::string directory;
};

/// Help that was asked for.
struct Help {
  std::string text;
};

/// Arguments that make no command: what is wrong, what was expected, an example.
struct Misuse {
  std::string words;
};

/// Reads the arguments behind the program's name.
[[nodiscard]] std::variant<HistoryCommand, Help, Misuse> readArguments(
    std::span<const char* const> arguments);

}  // namespace mercure::mercurectl
