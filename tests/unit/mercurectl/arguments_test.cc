#include "mercurectl/arguments.h"

#include <initializer_list>
#include <string>

#include <CppUTest/TestHarness.h>

namespace mercure::mercurectl::test {

using Action = HistoryCommand::Action;

TEST_GROUP(Arguments){
    static auto read(std::initializer_list<const char*> arguments){return readArguments(arguments);
}  // namespace mercure::mercurectl::test

static void checkCommand(Action action, const char* directory, std::initializer_list<const char*> arguments) {
  const auto request = read(arguments);
  const auto* const command = std::get_if<HistoryCommand>(&request);
  CHECK_TRUE(command != nullptr);
  CHECK_TRUE(action == command->action);
  STRCMP_EQUAL(directory, command->directory.c_str());
}
static void checkHelp(const char* part, std::initializer_list<const char*> arguments) {
  const auto request = read(arguments);
  const auto* const help = std::get_if<Help>(&request);
  CHECK_TRUE(help != nullptr);
  STRCMP_CONTAINS(part, help->text.c_str());
}
static void checkMisuse(const char* wrong, const char* expected,
                        std::initializer_list<const char*> arguments) {
  const auto request = read(arguments);
  const auto* const misuse = std::get_if<Misuse>(&request);
  CHECK_TRUE(misuse != nullptr);
  STRCMP_CONTAINS(wrong, misuse->words.c_str());
  STRCMP_CONTAINS((std::string("expected ") + expected).c_str(), misuse->words.c_str());
  STRCMP_CONTAINS("\nExample: mercurectl history ", misuse->words.c_str());
}
}
;

TEST(Arguments, commands) {
  checkCommand(Action::Stats, "/d", {"history", "stats", "/d"});
  checkCommand(Action::Dump, "d", {"history", "dump", "d"});
  checkCommand(Action::Verify, "./-d", {"history", "verify", "./-d"});
}

TEST(Arguments, helpEverywhere) {
  for (const char* const help : {"--help", "-h"}) {
    checkHelp("Usage: mercurectl history stats|dump|verify DIR", {help});
    checkHelp("changes nothing", {"history", help});
    checkHelp("Usage: mercurectl history stats DIR", {"history", "stats", help});
    checkHelp("Usage: mercurectl history dump DIR", {"history", "dump", "/d", help});
    checkHelp("Usage: mercurectl history verify DIR", {"history", "verify", help, "/d", "x"});
  }
}

TEST(Arguments, whatIsWrong) {
  const char* const commands = "stats, dump or verify";
  const char* const directory = "one directory of a hub";
  checkMisuse("a command is missing", "history", {});
  checkMisuse("no command \"stats\"", "history", {"stats", "/d"});
  checkMisuse("history lacks a command", commands, {"history"});
  checkMisuse("history has no command \"list\"", commands, {"history", "list", "/d"});
  checkMisuse("history dump lacks an argument", directory, {"history", "dump"});
  checkMisuse("history dump got an empty argument", directory, {"history", "dump", ""});
  checkMisuse("history stats has an argument too many, \"/e\"", directory, {"history", "stats", "/d", "/e"});
  checkMisuse("history verify has no option \"--all\"", directory, {"history", "verify", "--all", "/d"});
}

}  // namespace mercure::mercurectl::test
