#include "mercurectl/arguments.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "mercurectl/match_arguments.h"
#include "mercurectl/words.h"

namespace mercure::mercurectl {

namespace {

using Action = HistoryCommand::Action;
using Arguments = std::span<const std::string_view>;

constexpr std::string_view kExample = "/var/lib/apache2/mercure/www.example.com";

constexpr std::string_view kHelp = R"(Usage: mercurectl history stats|dump|verify DIR
       mercurectl match --base URL [--type exact|urlpattern|template] PATTERN TOPIC

Looks after hubs of mod_mercure.

  history   reads the updates that a hub keeps on disk
  match     says whether a subscriber's pattern covers a topic

`mercurectl history --help` and `mercurectl match --help` say more.
)";

constexpr std::string_view kHistoryHelp = R"(Usage: mercurectl history stats|dump|verify DIR

Reads the updates that a hub keeps on disk, beside the running hub or without one, and changes nothing.
DIR is the hub's directory, such as /var/lib/apache2/mercure/www.example.com. Run this as root, which becomes the
owner of DIR before it opens anything, or as that owner.

  stats    how many updates there are, how much room they take, from when they are
  dump     every update, the oldest first, as JSON: one object a line
  verify   checks every page, update and checksum: "good", or what is wrong

Each of them has a --help of its own. The exit status is 0 where all is well, 1 where the history is damaged or cannot
be read, 2 where the arguments are wrong.
)";

struct ActionHelp {
  std::string_view name;
  Action action;
  std::string_view help;
};

constexpr std::array kActions = {
    ActionHelp{"stats", Action::Stats, R"(Usage: mercurectl history stats DIR

Prints, one "Name: value" a line: the number of records (updates), the bytes in use of the data file, its size, which
never shrinks, the times in UTC and the sequence numbers of the oldest and the newest record, and the newest record's
id. What there is none of is "none".

A history that no process has open is verified first.
)"},
    ActionHelp{"dump", Action::Dump, R"(Usage: mercurectl history dump DIR

Prints every update, the oldest first, as JSON, one object a line:

  sequence     its number: numbers grow, and some may be missing
  published    when, in UTC
  id           the event's id
  topics       an array of texts
  private      whether only subscribers with a right to it get it
  madeByHub    whether the hub itself made it
  generation   of the protocol that it was published with: "0.x" or "1.0"
  event        what subscribers are sent, as it is on the wire

Beside a running hub it ends with the update that was the newest when it began; what the hub removes meanwhile is not
in it. Bytes that are not UTF-8 become U+FFFD. A history that no process has open is verified first.
)"},
    ActionHelp{"verify", Action::Verify, R"(Usage: mercurectl history verify DIR

Checks every page, update and checksum of a history and prints "good", or "bad:" and what was found first; the exit
status is 1 then. A hub that finds its history bad when it starts moves it aside and begins a new one.

While a process has the history open its pages change, so that only updates and their checksums are checked; it says so.
)"},
};

Misuse misuse(const std::string& wrong, const std::string& expected, std::string_view action) {
  return {wrong + "; expected " + expected + "\nExample: mercurectl history " + std::string(action) + " " +
          std::string(kExample)};
}

Request readAction(const ActionHelp& action, Arguments rest) {
  const std::string directory = "one directory of a hub";
  const std::string name(action.name);
  if (std::ranges::any_of(rest, asksForHelp)) return Help{std::string(action.help)};
  const auto* const option = std::ranges::find_if(
      rest.data(), rest.data() + rest.size(), [](std::string_view word) { return word.starts_with('-'); });
  if (option != rest.data() + rest.size()) {
    return misuse("history " + name + " has no option " + quoted(*option), directory, action.name);
  }
  if (rest.empty()) return misuse("history " + name + " lacks an argument", directory, action.name);
  if (rest.size() > 1) {
    return misuse("history " + name + " has an argument too many, " + quoted(rest[1]), directory,
                  action.name);
  }
  if (rest[0].empty()) {
    return misuse("history " + name + " got an empty argument", directory, action.name);
  }
  return HistoryCommand{action.action, std::string(rest[0])};
}

Request readHistory(Arguments rest) {
  const std::string expected = "stats, dump or verify";
  if (rest.empty()) return misuse("history lacks a command", expected, kActions.front().name);
  if (asksForHelp(rest[0])) return Help{std::string(kHistoryHelp)};
  const auto* const action = std::ranges::find(kActions, rest[0], &ActionHelp::name);
  if (action == kActions.end()) {
    return misuse("history has no command " + quoted(rest[0]), expected, kActions.front().name);
  }
  return readAction(*action, rest.subspan(1));
}

}  // namespace

Request readArguments(std::span<const char* const> arguments) {
  const std::vector<std::string_view> words(arguments.begin(), arguments.end());
  if (words.empty()) return misuse("a command is missing", "history or match", kActions.front().name);
  if (asksForHelp(words[0])) return Help{std::string(kHelp)};
  if (words[0] == "history") return readHistory(Arguments(words).subspan(1));
  if (words[0] == "match") return readMatchArguments(Arguments(words).subspan(1));
  return misuse("there is no command " + quoted(words[0]), "history or match", kActions.front().name);
}

}  // namespace mercure::mercurectl
