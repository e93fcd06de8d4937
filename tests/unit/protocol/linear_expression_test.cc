#include "protocol/linear_expression.h"

#include <string>
#include <string_view>

#include "protocol/expression_writer.h"
#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::AsciiSet;
using mercure::protocol::ExpressionWriter;
using mercure::protocol::LinearExpression;
using namespace mercure::protocol::test;

namespace {

bool matches(ExpressionWriter writer, std::string_view text) {
  const auto expression = LinearExpression::compile(writer.takePattern(), writer.instructions());
  CHECK_TRUE(expression.has_value());
  return expression && expression->matches(Exact(text));
}

}  // namespace

TEST_GROUP(LinearExpression){};

TEST(LinearExpression, every_byte_of_a_text_means_itself) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text{static_cast<char>(byte), 'x'};
    ExpressionWriter writer(100);
    writer.addText(text);
    CHECK_TRUE(matches(writer, text));
    CHECK_FALSE(matches(writer, std::string{static_cast<char>(byte ^ 1), 'x'}));
  }
}

TEST(LinearExpression, a_set_is_its_characters_and_an_empty_one_matches_nothing) {
  Dice dice(1);
  for (int i = 0; i < 50; ++i) {
    AsciiSet set;
    for (std::size_t c = 0; c < set.size(); ++c) set[c] = dice.chance(3);
    ExpressionWriter writer(100);
    writer.addSet(i == 0 ? AsciiSet() : set);
    for (std::size_t c = 0; c < set.size(); ++c) {
      CHECK_EQUAL(i != 0 && set[c], matches(writer, std::string(1, static_cast<char>(c))));
    }
    CHECK_FALSE(matches(writer, ""));
    CHECK_FALSE(matches(writer, "\xE9"));
  }
}

TEST(LinearExpression, repetitions_are_of_the_last_piece) {
  ExpressionWriter writer(100);
  writer.addText("a");
  const std::size_t start = writer.instructions();
  writer.addSyntax("(?:");
  writer.addText("bc");
  writer.addSyntax(")");
  writer.repeat(start, 1, 2);
  CHECK_TRUE(matches(writer, "abc"));
  CHECK_TRUE(matches(writer, "abcbc"));
  CHECK_FALSE(matches(writer, "a"));
  CHECK_FALSE(matches(writer, "abcbcbc"));
  CHECK_FALSE(matches(writer, "abbcc"));
}

TEST(LinearExpression, what_needs_too_many_instructions_is_told) {
  ExpressionWriter writer(16);
  writer.addText("0123456789");
  CHECK_FALSE(writer.isTooComplex());
  writer.addText("x");
  CHECK_TRUE(writer.isTooComplex());
  writer.addText("y");
  writer.repeat(0, 0, 1000);
  CHECK_TRUE(writer.isTooComplex());

  ExpressionWriter repeated(2000);
  const std::size_t start = repeated.instructions();
  repeated.addText("a");
  repeated.repeat(start, 0, 1001);
  CHECK_TRUE(repeated.isTooComplex());
}

TEST(LinearExpression, RE2_never_takes_more_than_it_may) {
  CHECK_FALSE(LinearExpression::compile("(?:abcdefghi){900}", 6).has_value());
  CHECK_FALSE(LinearExpression::compile("(", 6).has_value());
  CHECK_EQUAL(0, LinearExpression::instructionsFor(0));
  for (std::size_t memory = 1024; memory < kMebibyte; memory *= 2) {
    const std::size_t most = LinearExpression::instructionsFor(memory);
    CHECK_TRUE(most == 0 || LinearExpression::memoryFor(most) <= memory);
  }
}
