#pragma once

#include <bitset>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace mercure::protocol {

/// A set of ASCII characters.
using AsciiSet = std::bitset<128>;

/// Writes a regular expression in RE2's syntax, for Latin-1, and keeps count of the instructions that RE2
/// needs for it, so that one which needs too many never comes to RE2. Such a one is not even written to its
/// end.
class ExpressionWriter {
 public:
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

  /// `maxInstructions` is far from kUnbounded.
  explicit ExpressionWriter(std::size_t maxInstructions) : maxInstructions_(maxInstructions) {}

  /// Each byte for itself.
  void addText(std::string_view bytes);

  /// One of its characters; an empty set matches nothing at all.
  void addSet(const AsciiSet& set);

  /// A piece of syntax, as RE2 has it, of one instruction at most.
  void addSyntax(std::string_view syntax) { write(syntax, 1); }

  /// The instructions so far: where the next piece begins.
  [[nodiscard]] std::size_t instructions() const noexcept { return instructions_; }

  /// Repeats the piece that was added since `instructions()` was `start`: a byte, a set or a whole group.
  void repeat(std::size_t start, std::size_t least, std::size_t most);

  [[nodiscard]] bool isTooComplex() const noexcept { return instructions_ > maxInstructions_; }

  /// What was written; of no use when it is too complex.
  [[nodiscard]] std::string takePattern() noexcept { return std::move(pattern_); }

 private:
  void write(std::string_view pattern, std::size_t instructions);

  std::string pattern_;
  std::size_t instructions_ = 6;  // entry, match, and what flattening adds
  std::size_t maxInstructions_;
};

}  // namespace mercure::protocol
