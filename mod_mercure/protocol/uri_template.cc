#include "protocol/uri_template.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/ascii.h"
#include "protocol/percent_encoding.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

// A run of literals, or an expression.
struct Part {
  std::string_view literal;   // empty for an expression
  char op = '\0';             // an expression's operator, if it has one
  std::size_t variables = 0;  // how many it names
  bool isExploded = false;    // whether one of them has the `*` modifier
};

// RFC 6570, section 2.1, "Literals", beyond ASCII: ucschar and iprivate.
bool isNonAsciiLiteral(char32_t c) {
  if (c < 0x10000)
    return (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFEF);
  return (c & 0xFFFF) <= 0xFFFD && (c < 0xE0000 || c >= 0xE1000);
}

// RFC 6570, section 2, "Syntax".
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  /// The parts of the template; nothing when the text is none.
  std::optional<std::vector<Part>> parse() {
    std::vector<Part> parts;
    while (!rest_.empty()) {
      Part part;
      if (!(take('{') ? takeExpression(part) : takeLiterals(part))) return std::nullopt;
      parts.push_back(part);
    }
    return parts;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool takeLiterals(Part& part) {
    const std::string_view start = rest_;
    while (!rest_.empty() && rest_.front() != '{') {
      const std::size_t size = literalSize();
      if (size == 0) return false;
      rest_.remove_prefix(size);
    }
    part.literal = start.substr(0, start.size() - rest_.size());
    return true;
  }

  // The bytes of the literal at the front, 0 when it may not stand there.
  [[nodiscard]] std::size_t literalSize() const {
    const char c = rest_.front();
    if (c == '%') return decodeTriplet(rest_) ? 3 : 0;
    if (isAsciiAlphanumeric(c)) return 1;
    if (static_cast<unsigned char>(c) < 0x80) {
      return std::string_view("!#$&()*+,-./:;=?@[]_~").find(c) == std::string_view::npos ? 0 : 1;
    }
    const Utf8Step step = decodeUtf8Step(rest_);
    return step.valid && isNonAsciiLiteral(step.codePoint) ? step.size : 0;
  }

  bool takeExpression(Part& part) {
    if (!rest_.empty() && std::string_view("+#./;?&").find(rest_.front()) != std::string_view::npos) {
      part.op = rest_.front();
      rest_.remove_prefix(1);
    }
    do {
      if (!takeVariable(part)) return false;
    } while (take(','));
    return take('}');
  }

  bool takeVariable(Part& part) {
    do {
      if (!takeName()) return false;
    } while (take('.'));
    ++part.variables;
    if (take('*')) {
      part.isExploded = true;
      return true;
    }
    return !take(':') || takePrefixLength();
  }

  bool takeName() {
    const std::size_t before = rest_.size();
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (isAsciiAlphanumeric(c) || c == '_') {
        rest_.remove_prefix(1);
      } else if (decodeTriplet(rest_)) {
        rest_.remove_prefix(3);
      } else {
        break;
      }
    }
    return rest_.size() < before;
  }

  // 1 to 9999.
  bool takePrefixLength() {
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0 || digits > 4 || rest_.front() == '0') return false;
    rest_.remove_prefix(digits);
    return true;
  }

  std::string_view rest_;
};

// The bytes a value may hold besides percent triplets, as a class, and the instructions that RE2 makes of any
// number of both: one for each range, the triplet and the loop.
struct Value {
  std::string_view bytes;
  std::size_t instructions;
};

constexpr Value kList{",\\-.0-9A-Z_a-z~", 12};
constexpr Value kNamed{",\\-.0-9=A-Z_a-z~", 13};
constexpr Value kReserved{"!#$&-;=?-Z[\\]_a-z~", 16};

// What an operator makes of its variables (RFC 6570, appendix A). A list that is not exploded puts commas
// into a value, and a named variable its name and an equals sign; so does each member of an exploded map.
struct Expansion {
  char op;
  std::string_view first;
  std::string_view separator;  // empty where a value may hold it, so that one value stands for any number
  const Value& value;
  const Value& explodedValue;
};

constexpr std::array<Expansion, 8> kExpansions{{
    {'\0', "", "", kList, kNamed},
    {'+', "", "", kReserved, kReserved},
    {'#', "#", "", kReserved, kReserved},
    {'.', "\\.", "", kList, kNamed},
    {'/', "/", "/", kList, kNamed},
    {';', ";", ";", kNamed, kNamed},
    {'?', "\\?", "&", kNamed, kNamed},
    {'&', "&", "&", kNamed, kNamed},
}};

// Writes the pattern, and keeps count of the instructions that RE2 needs for it.
class Translator {
 public:
  explicit Translator(std::size_t maxInstructions) : maxInstructions_(maxInstructions) {}

  void addLiterals(std::string_view literals) {
    while (!literals.empty() && !isTooComplex()) {
      const Utf8Step step = decodeUtf8Step(literals);
      if (step.size == 1) {
        write(quote(literals.front()), 1);
      } else {
        addNonAscii(literals.substr(0, step.size));
      }
      literals.remove_prefix(step.size);
    }
  }

  // Section 3.2, "Expression Expansion": nothing at all when its variables are undefined.
  void addExpression(const Part& part) {
    const Expansion& expansion = *std::ranges::find(kExpansions, part.op, &Expansion::op);
    const Value& value = part.isExploded ? expansion.explodedValue : expansion.value;
    const std::string any = "(?:[" + std::string(value.bytes) + "]|%[0-9A-Fa-f]{2})*";

    std::size_t further = 0;
    std::string pattern = "(?:" + std::string(expansion.first) + any;
    if (!expansion.separator.empty() && (part.variables > 1 || part.isExploded)) {
      further = part.isExploded ? 1 : part.variables - 1;
      const std::string count = part.isExploded ? "*" : "{0," + std::to_string(further) + "}";
      pattern.append("(?:").append(expansion.separator).append(any).append(")").append(count);
    }
    write(pattern + ")?", (1 + further) * (1 + value.instructions));
  }

  [[nodiscard]] bool isTooComplex() const { return instructions_ > maxInstructions_; }
  [[nodiscard]] std::size_t instructions() const { return instructions_; }
  [[nodiscard]] std::string takePattern() { return std::move(pattern_); }

 private:
  void write(std::string_view pattern, std::size_t instructions) {
    instructions_ += instructions;
    if (!isTooComplex()) pattern_ += pattern;
  }

  static std::string hex(char c) {
    constexpr std::string_view kHexDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return {kHexDigits[byte >> 4], kHexDigits[byte & 0x0F]};
  }

  static std::string quote(char c) { return isAsciiAlphanumeric(c) ? std::string{c} : "\\x" + hex(c); }

  // Section 3.1, "Literal Expansion", percent-encodes it, but a topic may be an IRI, which does not.
  void addNonAscii(std::string_view character) {
    std::string raw;
    std::string encoded;
    for (const char c : character) {
      raw.append("\\x").append(hex(c));
      encoded.append("%").append(hex(c));
    }
    write("(?:" + raw + "|(?i:" + encoded + "))", character.size() * 4 + 1);
  }

  std::string pattern_;
  std::size_t instructions_ = 6;  // entry, match, and what flattening adds
  std::size_t maxInstructions_;
};

}  // namespace

tl::expected<UriTemplate, UriTemplateFault> translateUriTemplate(std::string_view text,
                                                                 std::size_t maxInstructions) {
  const auto parts = Parser(text).parse();
  if (!parts) return tl::make_unexpected(UriTemplateFault::NotATemplate);

  const auto isPlain = [](char c) { return c != '{' && static_cast<unsigned char>(c) < 0x80; };
  const std::size_t prefixLength =
      static_cast<std::size_t>(std::ranges::find_if_not(text, isPlain) - text.begin());

  Translator translator(maxInstructions);
  std::size_t toSkip = prefixLength;
  for (const Part& part : *parts) {
    if (part.literal.empty()) {
      translator.addExpression(part);
    } else {
      translator.addLiterals(part.literal.substr(std::exchange(toSkip, 0)));
    }
    if (translator.isTooComplex()) return tl::make_unexpected(UriTemplateFault::TooComplex);
  }
  return UriTemplate{prefixLength, translator.takePattern(), translator.instructions()};
}

}  // namespace mercure::protocol
