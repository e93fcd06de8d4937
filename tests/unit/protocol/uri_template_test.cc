#include "protocol/uri_template.h"

#include <re2/re2.h>

#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/hostile.h"
#include "protocol/topic_matcher.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::TopicMatcher;
using mercure::protocol::translateUriTemplate;
using mercure::protocol::UriTemplateFault;
using namespace mercure::protocol::test;

// Two judges of random templates: RFC 6570's expansion, whose results must match, and a second translation,
// by the letter of P0-SEL-09 to P0-SEL-13 and without any short cut, which must agree.

namespace {

auto compileSelector(std::string_view text) {
  return TopicMatcher::compile(mercure::protocol::MatcherType::Selector, text, {});
}

struct Variable {
  std::string name;
  std::string modifier;  // empty, `*` or a prefix length

  [[nodiscard]] bool isExploded() const { return modifier == "*"; }
};

struct Expression {
  std::string op;
  std::vector<Variable> variables;

  [[nodiscard]] std::string text() const {
    std::string list;
    for (const Variable& variable : variables) {
      list += (list.empty() ? "" : ",") + variable.name + variable.modifier;
    }
    return "{" + op + list + "}";
  }
};

// Either a literal or an expression.
struct Piece {
  std::string literal;
  Expression expression;
};

std::string label(const std::string& text, const std::string& topic) {
  std::string label = text;
  return label.append(" with ").append(topic);
}

std::string textOf(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) text += piece.literal.empty() ? piece.expression.text() : piece.literal;
  return text;
}

std::vector<Piece> randomTemplate(Dice& dice) {
  const std::vector<std::string> literals = {"/", "a",   "-",      ".",      "?",          "&",  "=",
                                             ",", "%41", "%c3%A9", "\u00E9", "\U0001F600", "x/y"};
  const std::vector<std::string> ops = {"", "+", "#", ".", "/", ";", "?", "&"};
  const std::vector<std::string> names = {"a", "b", "c_d", "e.f", "%41"};
  const std::vector<std::string> modifiers = {"", "", "", "*", ":1", ":30"};
  std::vector<Piece> pieces;
  for (std::size_t left = 1 + dice.below(4); left > 0; --left) {
    if (dice.chance(2)) pieces.push_back({dice.pick(literals), {}});
    Expression expression{dice.pick(ops), {}};
    for (std::size_t more = 1 + dice.below(3); more > 0; --more) {
      expression.variables.push_back({dice.pick(names), dice.pick(modifiers)});
    }
    pieces.push_back({{}, expression});
  }
  return pieces;
}

// RFC 6570, appendix A, with the values made up on the way.
class Expander {
 public:
  explicit Expander(Dice& dice) : dice_(dice) {}

  std::string expand(const std::vector<Piece>& pieces) {
    std::string topic;
    for (const Piece& piece : pieces)
      topic += piece.literal.empty() ? expand(piece.expression) : literal(piece.literal);
    return topic;
  }

 private:
  struct Behaviour {
    std::string_view op, first, separator;
    bool isNamed;
    std::string_view ifEmpty;
    bool allowsReserved;
  };

  static const Behaviour& behaviourOf(std::string_view op) {
    static constexpr std::array<Behaviour, 8> kBehaviours{{{"", "", ",", false, "", false},
                                                           {"+", "", ",", false, "", true},
                                                           {"#", "#", ",", false, "", true},
                                                           {".", ".", ".", false, "", false},
                                                           {"/", "/", "/", false, "", false},
                                                           {";", ";", ";", true, "", false},
                                                           {"?", "?", "&", true, "=", false},
                                                           {"&", "&", "&", true, "=", false}}};
    return *std::ranges::find(kBehaviours, op, &Behaviour::op);
  }

  static std::string encode(std::string_view text, bool allowsReserved) {
    std::string encoded;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool isUnreserved =
          std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos;
      const bool isReserved = std::string_view(":/?#[]@!$&'()*+,;=").find(c) != std::string_view::npos;
      if (byte < 0x80 && (isUnreserved || (allowsReserved && isReserved))) {
        encoded += c;
      } else {
        constexpr std::string_view kHexDigits = "0123456789ABCDEF";
        encoded += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 0x0F]};
      }
    }
    return encoded;
  }

  // As it stands, or percent-encoded (ANY-54).
  std::string literal(const std::string& text) {
    return static_cast<unsigned char>(text[0]) >= 0x80 && dice_.chance(2) ? encode(text, false) : text;
  }

  std::string value(const Behaviour& behaviour) {
    const std::vector<std::string> pieces = {"a", "Z", "9", "-", "~",      ".", "/",  "?", "&",
                                             "=", ",", "%", " ", "\u00E9", "{", "\n", "#"};
    return encode(dice_.join(pieces, 5), behaviour.allowsReserved);
  }

  std::string member(const Behaviour& behaviour, std::string_view joiner) {
    const std::string key = dice_.chance(2) ? value(behaviour) + std::string(joiner) : "";
    return key + value(behaviour);
  }

  std::string named(const Behaviour& behaviour, const std::string& name, const std::string& text) {
    if (!behaviour.isNamed) return text;
    return name + (text.empty() ? std::string(behaviour.ifEmpty) : "=" + text);
  }

  std::string expandVariable(const Behaviour& behaviour, const Variable& variable) {
    const bool isComposite = !variable.modifier.starts_with(":") && dice_.chance(2);
    if (!isComposite) return named(behaviour, variable.name, value(behaviour));
    std::string text;
    for (std::size_t i = 0, count = 1 + dice_.below(3); i < count; ++i) {
      if (variable.isExploded()) {
        text += std::string(i == 0 ? "" : behaviour.separator) +
                named(behaviour, variable.name, member(behaviour, "="));
      } else {
        text += (i == 0 ? "" : ",") + member(behaviour, ",");
      }
    }
    return variable.isExploded() ? text : named(behaviour, variable.name, text);
  }

  std::string expand(const Expression& expression) {
    const Behaviour& behaviour = behaviourOf(expression.op);
    std::string text;
    bool isFirst = true;
    for (const Variable& variable : expression.variables) {
      if (dice_.chance(4)) continue;  // undefined
      text += isFirst ? behaviour.first : behaviour.separator;
      text += expandVariable(behaviour, variable);
      isFirst = false;
    }
    return text;
  }

  Dice& dice_;
};

std::string letterOf(const Expression& expression) {
  const std::string_view op = expression.op;
  const bool isExploded = std::ranges::any_of(expression.variables, &Variable::isExploded);
  const bool allowsReserved = op == "+" || op == "#";
  std::string value = R"((([-._~A-Za-z0-9,)";
  if (op == ";" || op == "?" || op == "&" || isExploded) value += "=";
  if (allowsReserved) value += R"(:/?#\[\]@!$&'()*+,;=)";
  value += "]|%[0-9A-Fa-f][0-9A-Fa-f])*)";

  const std::string first = op.empty() || op == "+" ? "" : re2::RE2::QuoteMeta(expression.op);
  const std::string separator = op.empty() || allowsReserved ? "," : op == "?" ? "&" : first;
  const std::string count = isExploded ? "*" : "{0," + std::to_string(expression.variables.size() - 1) + "}";
  std::string pattern;
  pattern.append("(").append(first).append(value);
  pattern.append("(").append(separator).append(value).append(")").append(count);
  return pattern.append(")?");
}

std::string letterOf(const std::vector<Piece>& pieces) {
  std::string pattern;
  for (const auto& [literal, expression] : pieces) {
    if (literal == "\u00E9") {
      pattern += "(\u00E9|%[Cc]3%[Aa]9)";
    } else if (literal == "\U0001F600") {
      pattern += "(\U0001F600|%[Ff]0%9[Ff]%98%80)";
    } else if (!literal.empty()) {
      pattern += re2::RE2::QuoteMeta(literal);
    } else {
      pattern += letterOf(expression);
    }
  }
  return pattern;
}

re2::RE2::Options patternOptions() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_never_capture(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

TEST_GROUP(UriTemplate){};

TEST(UriTemplate, faults) {
  constexpr std::size_t kEnough = 100;
  CHECK_TRUE(translateUriTemplate("{a}", kEnough).has_value());
  CHECK_TRUE(translateUriTemplate("{a", kEnough).error() == UriTemplateFault::NotATemplate);
  CHECK_TRUE(translateUriTemplate("{a}" + std::string(kEnough, 'x'), kEnough).error() ==
             UriTemplateFault::TooComplex);
  CHECK_TRUE(translateUriTemplate("{a}", 1).error() == UriTemplateFault::TooComplex);
}

TEST(UriTemplate, the_prefix_is_not_in_the_pattern) {
  const auto uriTemplate = translateUriTemplate("abc{x}def", 100);
  CHECK_TRUE(uriTemplate.has_value());
  LONGS_EQUAL(3, uriTemplate->prefixLength);
  CHECK_TRUE(uriTemplate->pattern.ends_with("def"));
  CHECK_TRUE(uriTemplate->pattern.find("abc") == std::string::npos);
}

TEST(UriTemplate, RE2_needs_no_more_instructions_than_announced) {
  const auto check = [](const std::string& text) {
    const auto uriTemplate = translateUriTemplate(text, std::numeric_limits<std::size_t>::max());
    CHECK_TRUE_TEXT(uriTemplate.has_value(), text.c_str());
    const re2::RE2 pattern(uriTemplate->pattern, patternOptions());
    CHECK_TRUE_TEXT(pattern.ok(), text.c_str());
    CHECK_TRUE_TEXT(static_cast<std::size_t>(pattern.ProgramSize()) <= uriTemplate->instructions,
                    text.substr(0, 200).c_str());
  };
  for (const char* op : {"", "+", "#", ".", "/", ";", "?", "&"}) {
    const std::string start = "{" + std::string(op);
    for (const std::size_t count : {1, 2, 3, 30, 400}) {
      check(start + "a" + repeat(",a", count) + "}");
      check(repeat(start + "a}", count));
      check(repeat(start + "a*}", count));
      check(repeat(start + "a}x", count));
      check(repeat(start + "a}\u00E9\U0001F600", count));
    }
  }
  Dice dice(9);
  for (int i = 0; i < 1000; ++i) check(textOf(randomTemplate(dice)));
}

TEST(UriTemplate, P0_SEL_03_every_expansion_of_a_random_template_matches) {
  Dice dice(10);
  for (int i = 0; i < 3000; ++i) {
    const std::vector<Piece> pieces = randomTemplate(dice);
    const std::string text = textOf(pieces);
    const auto selector = compileSelector(Exact(text));
    CHECK_TRUE_TEXT(selector.has_value(), text.c_str());
    CHECK_TRUE_TEXT(selector->kind() == TopicMatcher::Kind::Template, text.c_str());
    for (int j = 0; j < 5; ++j) {
      const std::string topic = Expander(dice).expand(pieces);
      CHECK_TRUE_TEXT(selector->matches(Exact(topic)), label(text, topic).c_str());
      CHECK_TRUE_TEXT(topic.starts_with(selector->literalPrefix()), label(text, topic).c_str());
    }
  }
}

TEST(UriTemplate, P0_SEL_09_to_13_the_letter_of_the_rules_agrees_on_random_topics) {
  Dice dice(11);
  const std::vector<std::string> bits = {"a", "/",   ".",      ";",      "?", "&", "=", ",", "#",
                                         "-", "%41", "%c3%a9", "\u00E9", "%", "x", ":", " "};
  for (int i = 0; i < 2000; ++i) {
    const std::vector<Piece> pieces = randomTemplate(dice);
    const std::string text = textOf(pieces);
    const auto selector = compileSelector(text);
    CHECK_TRUE_TEXT(selector.has_value(), text.c_str());
    const re2::RE2 letter(letterOf(pieces), patternOptions());
    CHECK_TRUE_TEXT(letter.ok(), text.c_str());
    for (int j = 0; j < 12; ++j) {
      std::string topic = dice.chance(3) ? dice.join(bits, 8) : Expander(dice).expand(pieces).substr(0, 40);
      if (!topic.empty() && dice.chance(2))
        topic.replace(dice.below(topic.size()), dice.below(2), dice.pick(bits));
      CHECK_EQUAL_TEXT(re2::RE2::FullMatch(topic, letter), selector->matches(Exact(topic)),
                       label(text, topic).c_str());
    }
  }
}

TEST(UriTemplate, random_text_is_a_template_or_an_exact_topic) {
  Dice dice(12);
  const std::vector<std::string> pieces = {"{", "{", "}", "}", "a",   ",", "*",      ":",   "3",
                                           "+", "?", "/", ".", "%41", "%", "\u00E9", "\xFF"};
  std::size_t templates = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = "{" + (dice.chance(4) ? dice.bytes(20) : dice.join(pieces, 9));
    const auto selector = compileSelector(Exact(text));
    CHECK_TRUE_TEXT(selector.has_value(), text.c_str());
    CHECK_TRUE_TEXT(selector->matches(Exact(text)), text.c_str());
    if (selector->kind() == TopicMatcher::Kind::Template) ++templates;
  }
  CHECK_TRUE(templates > 100);
}
