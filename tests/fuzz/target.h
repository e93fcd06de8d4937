#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

/// What a fuzz target and its drivers know of each other: libfuzzer.cc, which makes inputs, and replay.cc,
/// which reads kept ones.
namespace mercure::fuzz {

/// Tries one input; each target defines it.
void tryInput(std::string_view input);

/// Ends the process, as a crash does, where something that must hold does not.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// An input's first line, and what is behind it.
inline std::pair<std::string_view, std::string_view> splitLine(std::string_view input) {
  const std::size_t end = input.find('\n');
  if (end == std::string_view::npos) return {input, {}};
  return {input.substr(0, end), input.substr(end + 1)};
}

}  // namespace mercure::fuzz
