#include "protocol/linear_expression.h"

#include <re2/re2.h>

#include <cstdint>
#include <utility>

namespace mercure::protocol {

namespace {

// With so much for each instruction RE2's automaton has room for the states that ordinary texts reach, and
// need not give way to the slow simulation, which takes a time proportional to the instructions for each
// byte.
constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kBaseMemory = 8 * kKibibyte;
constexpr std::size_t kMemoryPerInstruction = kKibibyte;

// RE2 gives two thirds of its memory to the forward program, that a quarter to the one-pass table and half of
// the rest to the one automaton that full matches use. The syntax tree comes on top.
std::size_t worstCase(const re2::RE2& expression, std::size_t memory) {
  constexpr std::size_t kTreePerInstruction = 128;
  return sizeof(re2::RE2) + kKibibyte + memory * 5 / 12 +
         static_cast<std::size_t>(expression.ProgramSize()) * kTreePerInstruction;
}

}  // namespace

std::size_t LinearExpression::instructionsFor(std::size_t memory) noexcept {
  return memory < kBaseMemory ? 0 : (memory - kBaseMemory) / kMemoryPerInstruction;
}

std::size_t LinearExpression::memoryFor(std::size_t instructions) noexcept {
  return kBaseMemory + instructions * kMemoryPerInstruction;
}

LinearExpression::LinearExpression(std::unique_ptr<re2::RE2> expression, std::size_t memory)
    : expression_(std::move(expression)), memory_(memory) {
}
LinearExpression::LinearExpression(LinearExpression&&) noexcept = default;
LinearExpression& LinearExpression::operator=(LinearExpression&&) noexcept = default;
LinearExpression::~LinearExpression() = default;

std::optional<LinearExpression> LinearExpression::compile(const std::string& pattern,
                                                          std::size_t instructions) {
  const std::size_t memory = memoryFor(instructions);
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_never_capture(true);
  options.set_log_errors(false);
  options.set_max_mem(static_cast<std::int64_t>(memory));
  auto expression = std::make_unique<re2::RE2>(pattern, options);
  if (!expression->ok()) return std::nullopt;
  const std::size_t most = worstCase(*expression, memory);
  return LinearExpression(std::move(expression), most);
}

bool LinearExpression::matches(std::string_view text) const {
  return RE2::FullMatch({text.data(), text.size()}, *expression_);
}

}  // namespace mercure::protocol
