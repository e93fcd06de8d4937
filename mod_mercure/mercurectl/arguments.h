#pragma once

#include <span>
#include <string>
#include <variant>

#include "mercurectl/match.h"

namespace mercure::mercurectl {

/// What is to be done with a hub's history, and the hub's directory.
struct HistoryCommand {
  enum class Action { Stats, Dump, Verify };
  Action action = Action::Stats;
  std::string directory;
};

/// Whether a pattern covers a topic at a hub.
struct MatchCommand {
  protocol::MatcherType type = protocol::MatcherType::Exact;
  HubUrl hub;
  std::string pattern;
  std::string topic;
};

/// The same of many, which come in as lines.
struct MatchBatch {};

/// Help that was asked for.
struct Help {
  std::string text;
};

/// Arguments that make no command: what is wrong, what was expected, an example.
struct Misuse {
  std::string words;
};

using Request = std::variant<HistoryCommand, MatchCommand, MatchBatch, Help, Misuse>;

/// Reads the arguments behind the program's name.
[[nodiscard]] Request readArguments(std::span<const char* const> arguments);

}  // namespace mercure::mercurectl
