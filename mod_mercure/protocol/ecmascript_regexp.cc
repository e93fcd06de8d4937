#include "protocol/ecmascript_regexp.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "protocol/ascii.h"
#include "protocol/ecmascript_class.h"
#include "protocol/ecmascript_escape.h"
#include "protocol/ecmascript_identifier.h"

namespace mercure::protocol {

namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kUnbounded = ExpressionWriter::kUnbounded;

using Result = tl::expected<void, UrlPatternError>;

// Each function takes what it is named after off `rest_`, and writes what it means.
class Translator {
 public:
  Translator(std::string_view source, GroupNames& names, ExpressionWriter& writer)
      : rest_(source), names_(names), writer_(writer) {}

  Result run() {
    writer_.addSyntax("(?:");
    Result result = takeDisjunction();
    if (!result) return result;
    if (!rest_.empty()) return invalidUrlPattern("a regular expression closes a group that it never opened");
    writer_.addSyntax(")");
    return {};
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // Up to the end, or the parenthesis that closes the group.
  Result takeDisjunction() {
    while (!rest_.empty() && rest_.front() != ')') {
      if (take("|")) {
        writer_.addSyntax("|");
      } else if (Result result = takeTerm(); !result) {
        return result;
      }
      if (writer_.isTooComplex()) return tooComplexUrlPattern();
    }
    return {};
  }

  Result takeTerm() {
    if (takeAssertion()) return {};
    const std::size_t start = writer_.instructions();
    return takeAtom().and_then([&] { return takeQuantifier(start); });
  }

  // Lookaround begins like a group. No quantifier may follow.
  bool takeAssertion() {
    static constexpr std::pair<std::string_view, std::string_view> kAssertions[] = {
        {"^", "\\A"}, {"$", "\\z"}, {"\\b", "\\b"}, {"\\B", "\\B"}};
    const auto* const assertion = std::ranges::find_if(
        kAssertions, [this](std::string_view source) { return take(source); },
        &std::pair<std::string_view, std::string_view>::first);
    if (assertion == std::ranges::end(kAssertions)) return false;
    writer_.addSyntax(assertion->second);
    return true;
  }

  Result takeAtom() {
    if (take("(")) return takeGroup();
    if (take(".")) return addSet(~AsciiSet().set('\n').set('\r'));
    if (rest_.front() == '[')
      return takeCharacterClass(rest_).and_then([&](auto set) { return addSet(set); });
    if (take("\\")) return takeEscape();
    const char c = rest_.front();
    if (std::string_view("*+?{").find(c) != std::string_view::npos)
      return invalidUrlPattern("a regular expression has a quantifier with nothing to repeat");
    if (c == ']' || c == '}')
      return invalidUrlPattern("a regular expression holds a bracket without its pair");
    if (static_cast<unsigned char>(c) >= 0x80)
      return invalidUrlPattern("a regular expression holds more than ASCII");
    writer_.addText(rest_.substr(0, 1));
    rest_.remove_prefix(1);
    return {};
  }

  Result takeEscape() {
    if (beginsClassEscape(rest_))
      return takeClassEscape(rest_).and_then([&](auto set) { return addSet(set); });
    return takeCharacterEscape(rest_).and_then([&](char32_t codePoint) {
      AsciiSet set;
      if (codePoint < set.size()) set.set(codePoint);
      return addSet(set);
    });
  }

  Result addSet(const AsciiSet& set) {
    writer_.addSet(set);
    return {};
  }

  // Behind its opening parenthesis.
  Result takeGroup() {
    Result beginning = takeGroupBeginning();
    if (!beginning) return beginning;
    if (++depth_ > kDeepest) return tooComplexUrlPattern();
    writer_.addSyntax("(?:");
    Result result = takeDisjunction();
    if (!result) return result;
    if (!take(")")) return invalidUrlPattern("a regular expression never closes a group");
    writer_.addSyntax(")");
    --depth_;
    return {};
  }

  Result takeGroupBeginning() {
    if (!take("?") || take(":")) return {};
    if (rest_.starts_with('=') || rest_.starts_with('!') || rest_.starts_with("<=") ||
        rest_.starts_with("<!"))
      return invalidUrlPattern("a regular expression looks around, which takes more than linear time");
    if (take("<")) return takeGroupName();
    return invalidUrlPattern("a regular expression holds an unknown kind of group");
  }

  Result takeGroupName() {
    const std::size_t end = rest_.find('>');
    const std::string_view name = rest_.substr(0, end);
    const auto isPart = [](char c) { return isIdentifierPart(static_cast<unsigned char>(c)); };
    const bool isName = end != std::string_view::npos && !name.empty() && std::ranges::all_of(name, isPart) &&
                        isIdentifierStart(static_cast<unsigned char>(name.front()));
    if (!isName) return invalidUrlPattern("a regular expression names a group with what is no identifier");
    if (!names_.emplace(name).second)
      return invalidUrlPattern("a regular expression has two groups of one name");
    rest_.remove_prefix(end + 1);
    return {};
  }

  // What follows the atom that begins at `start`. Lazy or greedy makes no difference to whether a text
  // matches.
  Result takeQuantifier(std::size_t start) {
    std::size_t least = 1;
    std::size_t most = 1;
    if (take("*")) {
      least = 0;
      most = kUnbounded;
    } else if (take("+")) {
      most = kUnbounded;
    } else if (take("?")) {
      least = 0;
    } else if (!take("{")) {
      return {};
    } else if (!takeCounts(least, most)) {
      return invalidUrlPattern("a regular expression holds braces that are no quantifier");
    }
    take("?");
    writer_.repeat(start, least, most);
    return {};
  }

  // Behind the opening brace: `n}`, `n,}` or `n,m}`.
  bool takeCounts(std::size_t& least, std::size_t& most) {
    if (!takeNumber(least)) return false;
    most = least;
    if (take(",") && !takeNumber(most)) most = kUnbounded;
    return take("}") && least <= most;
  }

  // One that is too large to count is as good as the largest.
  bool takeNumber(std::size_t& number) {
    constexpr std::size_t kLargest = 1'000'000;
    const std::size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    number = 0;
    for (const char c : rest_.substr(0, size)) {
      number = std::min(number * 10 + static_cast<std::size_t>(c - '0'), kLargest);
    }
    rest_.remove_prefix(size);
    return size > 0;
  }

  std::string_view rest_;
  GroupNames& names_;
  ExpressionWriter& writer_;
  std::size_t depth_ = 0;
};

}  // namespace

tl::expected<void, UrlPatternError> translateEcmascriptRegexp(std::string_view source, GroupNames& names,
                                                              ExpressionWriter& writer) {
  return Translator(source, names, writer).run();
}

}  // namespace mercure::protocol
