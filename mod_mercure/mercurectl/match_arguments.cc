#include "mercurectl/match_arguments.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mercurectl/words.h"

namespace mercure::mercurectl {

namespace {

constexpr std::string_view kHelp =
    R"(Usage: mercurectl match --base URL [--type exact|urlpattern|template] PATTERN TOPIC
       mercurectl match --batch

Says whether a subscriber's PATTERN covers TOPIC: "match" or "no match". The hub's own code judges it, with default
limits.

  --base URL   the hub's URL, such as https://www.example.com/.well-known/mercure: what is relative is read from there.
               With a site's, such as https://www.example.com/, topics are reserved as for a hub on its usual path
  --type TYPE  how PATTERN is read
                 exact       1.0's "match" and "match_exact", which is the default
                 urlpattern  1.0's "match_urlpattern"
                 template    0.x's "topic", a URI Template or an exact topic
  --batch      answers lines of the standard input instead, one line each: TYPE, URL, PATTERN and TOPIC with a TAB
               between two. What it cannot answer is "refused"
  --           what follows is PATTERN and TOPIC, even if it begins with "-"

The exit status is 0 for a match, 1 for none, 2 where the hub would refuse the pattern or the topic, where the arguments
are wrong, or where input or output fails. With --batch it is 0 when every line has its answer.
)";

constexpr std::string_view kExample =
    "mercurectl match --base https://www.example.com/.well-known/mercure --type urlpattern '/books/:id' "
    "https://www.example.com/books/1";

Misuse misuse(const std::string& wrong, const std::string& expected) {
  return {"match " + wrong + "; expected " + expected + "\nExample: " + std::string(kExample)};
}

/// Takes the arguments one after another.
class Reader {
 public:
  explicit Reader(std::span<const std::string_view> arguments) : rest_(arguments) {}

  Request read() && {
    while (!rest_.empty()) {
      const std::string_view word = next();
      if (!optionsEnded_ && asksForHelp(word)) return Help{std::string(kHelp)};
      if (auto wrong = take(word)) return *std::move(wrong);
    }
    return std::move(*this).finish();
  }

 private:
  using Objection = std::optional<Misuse>;

  std::string_view next() {
    const std::string_view word = rest_.front();
    rest_ = rest_.subspan(1);
    return word;
  }

  Objection take(std::string_view word) {
    if (optionsEnded_ || !word.starts_with('-')) {
      texts_.emplace_back(word);
      return std::nullopt;
    }
    optionsEnded_ = word == "--";
    isBatch_ = isBatch_ || word == "--batch";
    if (word == "--" || word == "--batch") return std::nullopt;
    return takeOption(word);
  }

  Objection takeOption(std::string_view word) {
    const std::string_view name = word.substr(0, word.find('='));
    if (name != "--base" && name != "--type")
      return misuse("has no option " + quoted(name), "--base, --type or --batch");
    if (name == word && rest_.empty()) return misuse("lacks the value of " + std::string(name), "one");
    const std::string_view value = name == word ? next() : word.substr(name.size() + 1);
    return name == "--base" ? takeBase(value) : takeType(value);
  }

  Objection takeBase(std::string_view value) {
    command_.hub = readHubUrl(value).value_or(HubUrl{});
    if (!command_.hub.text.empty()) return std::nullopt;
    return misuse("cannot use --base " + quoted(value), "a hub's URL, which begins with http: or https:");
  }

  Objection takeType(std::string_view value) {
    const auto type = readMatcherType(value);
    if (!type) return misuse("knows no --type " + quoted(value), "exact, urlpattern or template");
    command_.type = *type;
    hasType_ = true;
    return std::nullopt;
  }

  Request finish() && {
    const bool hasBase = !command_.hub.text.empty();
    if (isBatch_) {
      if (hasBase || hasType_ || !texts_.empty())
        return misuse("has --batch and more", "all else in the lines of the standard input");
      return MatchBatch{};
    }
    if (!hasBase) return misuse("lacks --base", "the hub's URL");
    if (texts_.size() < 2) return misuse("lacks an argument", "a pattern and a topic");
    if (texts_.size() > 2)
      return misuse("has an argument too many, " + quoted(texts_[2]), "a pattern and a topic");
    command_.pattern = std::move(texts_[0]);
    command_.topic = std::move(texts_[1]);
    return std::move(command_);
  }

  std::span<const std::string_view> rest_;
  MatchCommand command_;
  std::vector<std::string> texts_;
  bool hasType_ = false;
  bool isBatch_ = false;
  bool optionsEnded_ = false;
};

}  // namespace

Request readMatchArguments(std::span<const std::string_view> arguments) {
  return Reader(arguments).read();
}

}  // namespace mercure::mercurectl
