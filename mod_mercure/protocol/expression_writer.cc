#include "protocol/expression_writer.h"

#include <algorithm>

#include "protocol/ascii.h"

namespace mercure::protocol {

namespace {

constexpr std::size_t kMostRepetitions = 1000;  // RE2 refuses more

std::string quote(std::size_t byte) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  const char c = static_cast<char>(byte);
  if (isAsciiAlphanumeric(c)) return {c};
  return {'\\', 'x', kHexDigits[byte >> 4 & 0x0F], kHexDigits[byte & 0x0F]};
}

std::string quantifier(std::size_t least, std::size_t most) {
  const std::string first = std::to_string(least);
  if (most != ExpressionWriter::kUnbounded) return "{" + first + "," + std::to_string(most) + "}";
  return least == 0 ? "*" : least == 1 ? "+" : "{" + first + ",}";
}

}  // namespace

void ExpressionWriter::addText(std::string_view bytes) {
  for (const char c : bytes) write(quote(static_cast<unsigned char>(c)), 1);
}

void ExpressionWriter::addSet(const AsciiSet& set) {
  std::string ranges;
  std::size_t count = 0;
  for (std::size_t first = 0; first < set.size(); ++first) {
    if (!set[first]) continue;
    std::size_t last = first;
    while (last + 1 < set.size() && set[last + 1]) ++last;
    ranges += quote(first) + "-" + quote(last);
    ++count;
    first = last;
  }
  if (count == 0) return write("[^\\x00-\\xFF]", 1);
  write("[" + ranges + "]", count);
}

void ExpressionWriter::repeat(std::size_t start, std::size_t least, std::size_t most) {
  // RE2 writes each repetition out, and needs a branch more for one that may be missing. What is repeated no
  // times is read all the same.
  const std::size_t once = instructions_ - start;
  const std::size_t optional = most == kUnbounded ? (least == 0 ? 1 : 0) : most - least;
  if (isTooComplex() || least > kMostRepetitions || optional > kMostRepetitions) {
    instructions_ = kUnbounded;
    return;
  }
  instructions_ = start + std::max(once, least * once + optional * (once + 1)) + 1;
  write(quantifier(least, most), 0);
}

void ExpressionWriter::write(std::string_view pattern, std::size_t instructions) {
  if (isTooComplex()) return;
  instructions_ += instructions;
  if (!isTooComplex()) pattern_ += pattern;
}

}  // namespace mercure::protocol
