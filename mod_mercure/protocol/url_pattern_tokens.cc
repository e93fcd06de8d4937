#include "protocol/url_pattern_tokens.h"

#include <utility>

#include "protocol/ecmascript_identifier.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

using Type = UrlPatternToken::Type;

bool isAscii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view input, TokenizePolicy policy) : input_(input), policy_(policy) {}

  tl::expected<std::vector<UrlPatternToken>, UrlPatternError> run() {
    while (index_ < input_.size()) {
      addNext();
      if (error_ != nullptr && policy_ == TokenizePolicy::Strict) return invalidUrlPattern(error_);
    }
    add(Type::End, index_, index_);
    return std::move(tokens_);
  }

 private:
  void addNext() {
    switch (input_[index_]) {
      case '*':
        return add(Type::Asterisk, index_, index_ + 1);
      case '+':
      case '?':
        return add(Type::OtherModifier, index_, index_ + 1);
      case '{':
        return add(Type::Open, index_, index_ + 1);
      case '}':
        return add(Type::Close, index_, index_ + 1);
      case '\\':
        return addEscaped();
      case ':':
        return addName();
      case '(':
        return addRegexp();
      default:
        return add(Type::Character, index_, index_ + sizeAt(index_));
    }
  }

  void addEscaped() {
    const std::size_t start = index_ + 1;
    if (start == input_.size()) return addInvalid("the URL pattern ends with a backslash");
    add(Type::EscapedCharacter, start, start + sizeAt(start));
  }

  void addName() {
    const std::size_t start = index_ + 1;
    std::size_t end = start;
    while (end < input_.size()) {
      const Utf8Step step = decodeUtf8Step(input_.substr(end));
      const bool mayStand =
          end == start ? isIdentifierStart(step.codePoint) : isIdentifierPart(step.codePoint);
      if (!mayStand) break;
      end += step.size;
    }
    if (end == start)
      return addInvalid("a colon begins no name; one that stands for itself is written as \\:");
    add(Type::Name, start, end);
  }

  void addRegexp() {
    const std::size_t start = index_ + 1;
    if (const char* const error = findRegexpEnd()) return addInvalid(error);
    tokens_.push_back({Type::Regexp, index_, input_.substr(start, regexpEnd_ - start)});
    index_ = regexpEnd_ + 1;
  }

  // Finds the parenthesis that closes the group which begins here; otherwise tells what is wrong. A group
  // that is never closed costs its length once: the groups inside it begin with `?` and fail at once.
  const char* findRegexpEnd() {
    const std::size_t start = index_ + 1;
    std::size_t depth = 1;
    for (std::size_t at = start; at < input_.size(); ++at) {
      if (at == start && input_[at] == '?') return "a regular expression begins with a question mark";
      const bool isEscaped = input_[at] == '\\';
      if (isEscaped && ++at == input_.size()) break;
      if (!isAscii(input_[at])) return "a regular expression holds more than ASCII";
      if (isEscaped) continue;
      if (input_[at] == '(') {
        if (!input_.substr(at + 1).starts_with('?')) return "a regular expression holds a capturing group";
        ++depth;
      } else if (input_[at] == ')' && --depth == 0) {
        regexpEnd_ = at;
        return at == start ? "a regular expression is empty" : nullptr;
      }
    }
    // Behind a parenthesis a question mark is no modifier, so it has begun the search component.
    if (start == input_.size())
      return "a parenthesis is never closed, or a question mark stands right behind it";
    return "a parenthesis is never closed";
  }

  void add(Type type, std::size_t start, std::size_t end) {
    tokens_.push_back({type, index_, input_.substr(start, end - start)});
    index_ = end;
  }

  // "Process a tokenizing error", which is always about the code point here.
  void addInvalid(const char* error) {
    error_ = error;
    add(Type::InvalidCharacter, index_, index_ + 1);
  }

  [[nodiscard]] std::size_t sizeAt(std::size_t index) const {
    return decodeUtf8Step(input_.substr(index)).size;
  }

  std::string_view input_;
  TokenizePolicy policy_;
  std::vector<UrlPatternToken> tokens_;
  std::size_t index_ = 0;
  std::size_t regexpEnd_ = 0;
  const char* error_ = nullptr;
};

}  // namespace

tl::expected<std::vector<UrlPatternToken>, UrlPatternError> tokenizeUrlPattern(std::string_view input,
                                                                               TokenizePolicy policy) {
  return Tokenizer(input, policy).run();
}

}  // namespace mercure::protocol
