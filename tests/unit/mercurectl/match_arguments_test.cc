#include <initializer_list>
#include <string>
#include <variant>

#include "mercurectl/arguments.h"

#include <CppUTest/TestHarness.h>

namespace mercure::mercurectl::test {

namespace {

using protocol::MatcherType;

constexpr const char* kHub = "https://www.example.com/.well-known/mercure";

void checkCommand(MatcherType type, const char* pattern, const char* topic,
                  std::initializer_list<const char*> arguments) {
  const auto request = readArguments(arguments);
  const auto* const command = std::get_if<MatchCommand>(&request);
  CHECK_TRUE(command != nullptr);
  CHECK_TRUE(type == command->type);
  STRCMP_EQUAL(kHub, command->hub.text.c_str());
  STRCMP_EQUAL("/.well-known/mercure", command->hub.path.c_str());
  STRCMP_EQUAL(pattern, command->pattern.c_str());
  STRCMP_EQUAL(topic, command->topic.c_str());
}

void checkMisuse(const char* wrong, const char* expected, std::initializer_list<const char*> arguments) {
  const auto request = readArguments(arguments);
  const auto* const misuse = std::get_if<Misuse>(&request);
  CHECK_TRUE_TEXT(misuse != nullptr, wrong);
  STRCMP_CONTAINS(wrong, misuse->words.c_str());
  STRCMP_CONTAINS((std::string("expected ") + expected).c_str(), misuse->words.c_str());
  STRCMP_CONTAINS("\nExample: mercurectl match --base ", misuse->words.c_str());
}

}  // namespace

TEST_GROUP(MatchArguments){};

TEST(MatchArguments, optionsStandAnywhere) {
  checkCommand(MatcherType::Exact, "p", "t", {"match", "--base", kHub, "p", "t"});
  checkCommand(MatcherType::UrlPattern, "p", "t",
               {"match", "p", "--type", "urlpattern", "t", "--base", kHub});
  const std::string base = std::string("--base=") + kHub;
  checkCommand(MatcherType::Selector, "p", "t", {"match", base.c_str(), "--type=template", "p", "t"});
  checkCommand(MatcherType::Exact, "", "", {"match", base.c_str(), "--type=exact", "", ""});
}

TEST(MatchArguments, behindTwoDashesNothingIsAnOption) {
  checkCommand(MatcherType::Exact, "--help", "--", {"match", "--base", kHub, "--", "--help", "--"});
  checkCommand(MatcherType::Exact, "p", "-t", {"match", "--base", kHub, "p", "--", "-t"});
}

TEST(MatchArguments, batch) {
  CHECK_TRUE(std::holds_alternative<MatchBatch>(
      readArguments(std::initializer_list<const char*>{"match", "--batch"})));
  const char* const lines = "all else in the lines";
  checkMisuse("--batch and more", lines, {"match", "--batch", "p", "t"});
  checkMisuse("--batch and more", lines, {"match", "--base", kHub, "--batch"});
  checkMisuse("--batch and more", lines, {"match", "--type=exact", "--batch"});
}

TEST(MatchArguments, help) {
  for (const auto& arguments : {std::initializer_list<const char*>{"match", "--help"},
                                std::initializer_list<const char*>{"match", "p", "t", "u", "-h"}}) {
    const auto request = readArguments(arguments);
    const auto* const help = std::get_if<Help>(&request);
    CHECK_TRUE(help != nullptr);
    STRCMP_CONTAINS("Usage: mercurectl match --base URL", help->text.c_str());
  }
}

TEST(MatchArguments, whatIsWrong) {
  const char* const texts = "a pattern and a topic";
  checkMisuse("match lacks --base", "the hub's URL", {"match"});
  checkMisuse("match lacks --base", "the hub's URL", {"match", "p", "t"});
  checkMisuse("match lacks an argument", texts, {"match", "--base", kHub, "p"});
  checkMisuse("an argument too many, \"u\"", texts, {"match", "--base", kHub, "p", "t", "u"});
  checkMisuse("no option \"--all\"", "--base, --type or --batch", {"match", "--all=1", "p", "t"});
  checkMisuse("no option \"-\"", "--base, --type or --batch", {"match", "-", "t"});
  checkMisuse("lacks the value of --base", "one", {"match", "p", "t", "--base"});
  checkMisuse("knows no --type \"regexp\"", "exact, urlpattern or template", {"match", "--type", "regexp"});
  checkMisuse("cannot use --base \"/hub\"", "a hub's URL", {"match", "--base", "/hub", "p", "t"});
  checkMisuse("cannot use --base \"\"", "a hub's URL", {"match", "--base=", "p", "t"});
}

}  // namespace mercure::mercurectl::test
