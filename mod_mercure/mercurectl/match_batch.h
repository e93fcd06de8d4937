#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace mercure::mercurectl {

/// Answers a line, its end left out, of four fields with a TAB between two: the matcher's type, the hub's
/// URL, the pattern and the topic. "match", "no match", or "refused", as any other line is.
[[nodiscard]] std::string_view answerTo(std::string_view line);

/// Answers each line that comes from the descriptor `in`, until its end, with one line to `out`; nothing that
/// could be answered waits for more to come. What went wrong with one of the two, in words, or nothing.
[[nodiscard]] std::optional<std::string> answerAll(int in, std::FILE* out);

}  // namespace mercure::mercurectl
