#include "protocol/ecmascript_class.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "protocol/ascii.h"
#include "protocol/ecmascript_escape.h"

namespace mercure::protocol {

namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::string_view kSyntaxCharacters = "()[]{}/-\\|";
constexpr std::string_view kReservedPunctuators = "&-!#%,:;<=>@`~";
constexpr std::string_view kNeverDoubled = "&!#$%*+,.:;<=>?@^`~";

bool holds(std::string_view characters, char c) {
  return characters.find(c) != std::string_view::npos;
}

AsciiSet setOf(char32_t first, char32_t last) {
  AsciiSet set;
  for (std::size_t c = first; c <= last && c < set.size(); ++c) set.set(c);
  return set;
}

// "[:alpha:]" and the like, whatever the name.
bool beginsPosixClass(std::string_view text) {
  if (!text.starts_with("[:")) return false;
  text.remove_prefix(2);
  if (text.starts_with('^')) text.remove_prefix(1);
  const auto name = std::ranges::find_if_not(text, isAsciiAlpha);
  return name != text.begin() && text.substr(static_cast<std::size_t>(name - text.begin())).starts_with(":]");
}

// A member of a class; a single character may begin a range.
struct Operand {
  AsciiSet set;
  std::optional<char32_t> character;
};

Operand single(char32_t codePoint) {
  return {setOf(codePoint, codePoint), codePoint};
}

template <class T>
using Result = tl::expected<T, UrlPatternError>;

tl::unexpected<UrlPatternError> invalidClass() {
  return invalidUrlPattern("a regular expression holds a character class that is not valid");
}

class ClassParser {
 public:
  explicit ClassParser(std::string_view& rest) : rest_(rest) {}

  Result<AsciiSet> takeClass() {
    if (++depth_ > kDeepest) return tooComplexUrlPattern();
    rest_.remove_prefix(1);
    const bool isNegated = take("^");
    auto set = take("]") ? AsciiSet() : takeContents();
    --depth_;
    if (!set) return set;
    return isNegated ? ~*set : *set;
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // Up to the closing bracket. The first operator decides what the class is, and no other may follow.
  Result<AsciiSet> takeContents() {
    const auto first = takeOperand();
    if (!first) return tl::make_unexpected(first.error());
    if (rest_.starts_with("&&") || rest_.starts_with("--")) return takeOperation(first->set);
    return takeUnion(*first);
  }

  Result<AsciiSet> takeOperation(AsciiSet set) {
    const std::string_view sign = rest_.substr(0, 2);
    while (!take("]")) {
      if (!take(sign) || (sign == "&&" && rest_.starts_with('&'))) return invalidClass();
      const auto operand = takeOperand();
      if (!operand) return tl::make_unexpected(operand.error());
      set &= sign == "&&" ? operand->set : ~operand->set;
    }
    return set;
  }

  Result<AsciiSet> takeUnion(Operand operand) {
    AsciiSet set;
    for (;;) {
      if (operand.character && take("-")) {
        const auto last = takeOperand();
        if (!last) return tl::make_unexpected(last.error());
        if (!last->character || *last->character < *operand.character) return invalidClass();
        operand.set = setOf(*operand.character, *last->character);
      }
      set |= operand.set;
      if (take("]")) return set;
      const auto next = takeOperand();
      if (!next) return tl::make_unexpected(next.error());
      operand = *next;
    }
  }

  Result<Operand> takeOperand() {
    if (rest_.empty()) return invalidUrlPattern("a character class is never closed");
    // ECMAScript reads the characters between the brackets, other dialects letters or digits.
    if (beginsPosixClass(rest_))
      return invalidUrlPattern("a regular expression holds a POSIX class; write [a-z] for [[:lower:]]");
    if (rest_.starts_with('[')) return takeClass().map([](const AsciiSet& set) { return Operand{set, {}}; });
    if (take("\\")) return takeEscape();
    const char c = rest_.front();
    if (static_cast<unsigned char>(c) >= 0x80) return invalidClass();
    const bool isDoubled = rest_.size() > 1 && rest_[1] == c;
    if (c == '/') return invalidUrlPattern("a character class holds a slash; write \\/ for it");
    if (holds(kSyntaxCharacters, c) || (isDoubled && holds(kNeverDoubled, c))) return invalidClass();
    rest_.remove_prefix(1);
    return single(static_cast<unsigned char>(c));
  }

  Result<Operand> takeEscape() {
    if (beginsClassEscape(rest_))
      return takeClassEscape(rest_).map([](const AsciiSet& set) { return Operand{set, {}}; });
    if (take("b")) return single('\b');
    if (rest_.starts_with("q{")) return invalidUrlPattern("a character class holds a string");
    if (!rest_.empty() && holds(kReservedPunctuators, rest_.front())) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      return single(static_cast<unsigned char>(c));
    }
    return takeCharacterEscape(rest_).map(single);
  }

  std::string_view& rest_;
  std::size_t depth_ = 0;
};

}  // namespace

tl::expected<AsciiSet, UrlPatternError> takeCharacterClass(std::string_view& rest) {
  return ClassParser(rest).takeClass();
}

}  // namespace mercure::protocol
