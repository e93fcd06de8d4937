#include "protocol/url_pattern_parts.h"

#include <cstddef>
#include <set>
#include <utility>

#include "protocol/url_pattern_tokens.h"

namespace mercure::protocol {

namespace {

using Part = UrlPatternPart;
using Token = UrlPatternToken;
using Result = tl::expected<void, UrlPatternError>;

constexpr std::string_view kFullWildcard = ".*";

// "Generate a segment wildcard regexp". Of the delimiters that exist all need the backslash.
std::string segmentWildcard(const UrlPatternOptions& options) {
  std::string regexp = "[^";
  if (!options.delimiter.empty()) regexp.append("\\").append(options.delimiter);
  return regexp + "]+?";
}

Part::Modifier modifierOf(const Token* token) {
  if (token == nullptr) return Part::Modifier::None;
  if (token->value == "?") return Part::Modifier::Optional;
  return token->value == "*" ? Part::Modifier::ZeroOrMore : Part::Modifier::OneOrMore;
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, const UrlPatternOptions& options, const EncodingCallback& encode)
      : tokens_(std::move(tokens)),
        options_(options),
        encode_(encode),
        segmentWildcard_(segmentWildcard(options)) {}

  tl::expected<std::vector<Part>, UrlPatternError> run() {
    while (index_ < tokens_.size()) {
      if (const Result result = takeNext(); !result) return tl::make_unexpected(result.error());
    }
    return std::move(parts_);
  }

 private:
  // A matching group: a name, a regular expression or a wildcard; a name may have a regular expression.
  struct Group {
    const Token* name = nullptr;
    const Token* regexpOrWildcard = nullptr;

    [[nodiscard]] bool isThere() const { return name != nullptr || regexpOrWildcard != nullptr; }
  };

  Result takeNext() {
    const Token* const character = take(Token::Type::Character);
    if (const Group group = takeGroup(); group.isThere()) return takeBareGroup(character, group);
    const Token* const fixed = character != nullptr ? character : take(Token::Type::EscapedCharacter);
    if (fixed != nullptr) {
      pendingText_ += fixed->value;
      return {};
    }
    if (take(Token::Type::Open) != nullptr) return takeBracedGroup();
    if (Result result = addPendingText(); !result) return result;
    if (take(Token::Type::End) == nullptr)
      return invalidUrlPattern("the URL pattern has a modifier or a brace where none can stand");
    return {};
  }

  // A group without braces. It takes the character before it in when that is the prefix code point.
  Result takeBareGroup(const Token* character, const Group& group) {
    std::string prefix(character == nullptr ? std::string_view() : character->value);
    if (prefix != options_.prefix) pendingText_ += std::exchange(prefix, {});
    return addPart(prefix, group, {});
  }

  Result takeBracedGroup() {
    const std::string prefix = takeText();
    const Group group = takeGroup();
    const std::string suffix = takeText();
    if (take(Token::Type::Close) == nullptr)
      return invalidUrlPattern("the URL pattern has a brace that is never closed, or too much in it");
    return addPart(prefix, group, suffix);
  }

  const Token* take(Token::Type type) {
    if (tokens_[index_].type != type) return nullptr;
    return &tokens_[index_++];
  }

  Group takeGroup() {
    Group group{take(Token::Type::Name), take(Token::Type::Regexp)};
    if (!group.isThere()) group.regexpOrWildcard = take(Token::Type::Asterisk);
    return group;
  }

  const Token* takeModifier() {
    const Token* const modifier = take(Token::Type::OtherModifier);
    return modifier != nullptr ? modifier : take(Token::Type::Asterisk);
  }

  // "Consume text".
  std::string takeText() {
    std::string text;
    for (;;) {
      const Token* token = take(Token::Type::Character);
      if (token == nullptr) token = take(Token::Type::EscapedCharacter);
      if (token == nullptr) return text;
      text += token->value;
    }
  }

  // "Maybe add a part from the pending fixed value".
  Result addPendingText() { return addFixedText(std::exchange(pendingText_, {}), Part::Modifier::None); }

  Result addFixedText(std::string_view text, Part::Modifier modifier) {
    if (text.empty()) return {};
    auto encoded = encode_(text);
    if (!encoded) return invalidText();
    parts_.push_back({Part::Type::FixedText, modifier, *std::move(encoded), {}, {}});
    return {};
  }

  // "Add a part", with the modifier that follows it.
  Result addPart(const std::string& prefix, const Group& group, const std::string& suffix) {
    const Part::Modifier modifier = modifierOf(takeModifier());
    if (!group.isThere() && modifier == Part::Modifier::None) {
      pendingText_ += prefix;
      return {};
    }
    if (Result result = addPendingText(); !result) return result;
    if (!group.isThere()) return addFixedText(prefix, modifier);
    if (group.name != nullptr && !names_.insert(group.name->value).second)
      return invalidUrlPattern("the URL pattern has one name twice in a component");

    auto encodedPrefix = encode_(prefix);
    auto encodedSuffix = encode_(suffix);
    if (!encodedPrefix || !encodedSuffix) return invalidText();
    auto [type, value] = valueOf(group);
    parts_.push_back(
        {type, modifier, std::move(value), *std::move(encodedPrefix), *std::move(encodedSuffix)});
    return {};
  }

  // A regular expression that says the same as a wildcard is one.
  [[nodiscard]] std::pair<Part::Type, std::string> valueOf(const Group& group) const {
    const Token* const token = group.regexpOrWildcard;
    if (token == nullptr || token->value == segmentWildcard_) return {Part::Type::SegmentWildcard, {}};
    if (token->type == Token::Type::Asterisk || token->value == kFullWildcard)
      return {Part::Type::FullWildcard, {}};
    return {Part::Type::Regexp, std::string(token->value)};
  }

  static tl::unexpected<UrlPatternError> invalidText() {
    return invalidUrlPattern("the URL pattern has a scheme, host or port that no URL can have");
  }

  std::vector<Token> tokens_;
  const UrlPatternOptions& options_;
  const EncodingCallback& encode_;
  std::string segmentWildcard_;
  std::size_t index_ = 0;
  std::string pendingText_;
  std::set<std::string_view> names_;  // without those that are numbers, which can't be given twice
  std::vector<Part> parts_;
};

}  // namespace

tl::expected<std::vector<UrlPatternPart>, UrlPatternError> parsePatternString(
    std::string_view pattern, const UrlPatternOptions& options, const EncodingCallback& encode) {
  auto tokens = tokenizeUrlPattern(pattern, TokenizePolicy::Strict);
  if (!tokens) return tl::make_unexpected(std::move(tokens.error()));
  return Parser(*std::move(tokens), options, encode).run();
}

}  // namespace mercure::protocol
