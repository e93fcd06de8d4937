#include "mercurectl/match_batch.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <CppUTest/TestHarness.h>

namespace mercure::mercurectl::test {

namespace {

const std::string kHub = "https://www.example.com/.well-known/mercure";
const std::string kStart = "exact\t" + kHub + "\t";

void checkAnswer(std::string_view expected, const std::string& line) {
  STRCMP_EQUAL_TEXT(std::string(expected).c_str(), std::string(answerTo(line)).c_str(), line.c_str());
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// What is answered to a text that comes in pieces.
std::string answersTo(std::initializer_list<std::string_view> pieces) {
  std::array<int, 2> ends{};
  CHECK_EQUAL(0, pipe2(ends.data(), O_CLOEXEC));
  std::jthread writer([pieces, in = ends[1]] {
    for (const std::string_view piece : pieces)
      static_cast<void>(write(in, piece.data(), piece.size()) + usleep(2000));
    close(in);
  });
  const File out(std::tmpfile());
  CHECK_FALSE(answerAll(ends[0], out.get()).has_value());
  writer.join();
  close(ends[0]);
  std::string answers(static_cast<std::size_t>(std::ftell(out.get())), '\0');
  std::rewind(out.get());
  CHECK_EQUAL(answers.size(), std::fread(answers.data(), 1, answers.size(), out.get()));
  return answers;
}

}  // namespace

TEST_GROUP(MatchBatch){};

TEST(MatchBatch, aLineHasAnAnswer) {
  checkAnswer("match", kStart + "a\ta");
  checkAnswer("no match", kStart + "a\tb");
  checkAnswer("match", "urlpattern\t" + kHub + "\t/a/*\thttps://www.example.com/a/b");
  checkAnswer("match", "template\t" + kHub + "\ta{b}\tac");
  checkAnswer("match", "template\t" + kHub + "\t*\t");
  checkAnswer("no match", kStart + "\ta");
}

TEST(MatchBatch, whatIsRefused) {
  for (const std::string& line :
       {std::string(), std::string("exact"), kStart + "a", kStart + "a\ta\ta", kStart + "a\ta\t",
        "Exact\t" + kHub + "\ta\ta", "\t" + kHub + "\ta\ta", std::string("exact\t\ta\ta"),
        std::string("exact\t/hub\ta\ta"), kStart + "\xFF\ta", kStart + "a\t*", kStart + "a\t",
        "urlpattern\t" + kHub + "\t(\ta", kStart + "a\ta\r", std::string("\t\t\t"), std::string("\0", 1)}) {
    checkAnswer("refused", line);
  }
}

TEST(MatchBatch, fieldsMayHoldCarriageReturnsAndNul) {
  checkAnswer("match", "template\t" + kHub + "\ta\r\ta\r");
  checkAnswer("no match", "template\t" + kHub + "\ta\ta" + std::string("\0", 1));
}

TEST(MatchBatch, everyLineIsAnsweredHoweverItComes) {
  const std::string line = kStart + "a\ta";
  STRCMP_EQUAL("", answersTo({}).c_str());
  STRCMP_EQUAL("match\n", answersTo({line}).c_str());
  STRCMP_EQUAL("match\n", answersTo({line, "\n"}).c_str());
  STRCMP_EQUAL("match\nno match\nmatch\n", answersTo({line + "\n" + line, "b\n", line + "\n"}).c_str());
  STRCMP_EQUAL("refused\nrefused\n", answersTo({"\n\n"}).c_str());
  STRCMP_EQUAL("refused\nmatch\n", answersTo({std::string(40'000, 'a'), "\n", line}).c_str());
}

TEST(MatchBatch, whatFailsIsTold) {
  const File out(std::tmpfile());
  const auto unreadable = answerAll(-1, out.get());
  CHECK_TRUE(unreadable.has_value());
  STRCMP_CONTAINS("the input cannot be read", unreadable->c_str());
  const File full(std::fopen("/dev/full", "w"));
  const int in = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  const auto unwritable = answerAll(in, full.get());
  close(in);
  CHECK_TRUE(unwritable.has_value());
  STRCMP_CONTAINS("the output cannot be written", unwritable->c_str());
}

}  // namespace mercure::mercurectl::test
