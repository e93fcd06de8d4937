#include "protocol/url_pattern_component.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "protocol/ecmascript_regexp.h"
#include "protocol/expression_writer.h"

namespace mercure::protocol {

namespace {

using Part = UrlPatternPart;
using Result = tl::expected<void, UrlPatternError>;

constexpr std::size_t kUnbounded = ExpressionWriter::kUnbounded;

bool isRepeated(Part::Modifier modifier) {
  return modifier == Part::Modifier::ZeroOrMore || modifier == Part::Modifier::OneOrMore;
}

bool isOptional(Part::Modifier modifier) {
  return modifier == Part::Modifier::Optional || modifier == Part::Modifier::ZeroOrMore;
}

// "Generate a regular expression and name list" (https://urlpattern.spec.whatwg.org/
// #generate-a-regular-expression-and-name-list), in RE2's syntax and without captures.
class ExpressionOfParts {
 public:
  ExpressionOfParts(const UrlPatternOptions& options, ExpressionWriter& writer) : writer_(writer) {
    segment_.set();
    for (const char delimiter : options.delimiter) segment_.reset(static_cast<unsigned char>(delimiter));
  }

  Result add(const Part& part) {
    if (part.type == Part::Type::FixedText && part.modifier == Part::Modifier::None) {
      writer_.addText(part.value);
      return {};
    }
    return addGroup(part);
  }

 private:
  // A value between its affixes, repeated with them. The standard writes out `p v (s p v)* s`, which is the
  // same.
  Result addGroup(const Part& part) {
    const std::size_t start = writer_.instructions();
    writer_.addSyntax("(?:");
    writer_.addText(part.prefix);
    if (Result result = addValue(part); !result) return result;
    writer_.addText(part.suffix);
    writer_.addSyntax(")");
    if (part.modifier != Part::Modifier::None)
      writer_.repeat(start, isOptional(part.modifier) ? 0 : 1, isRepeated(part.modifier) ? kUnbounded : 1);
    return {};
  }

  Result addValue(const Part& part) {
    switch (part.type) {
      case Part::Type::FixedText:
        writer_.addText(part.value);
        break;
      case Part::Type::Regexp:
        return addRegexp(part);
      case Part::Type::SegmentWildcard:
        addRepeated(segment_, 1);
        break;
      case Part::Type::FullWildcard:
        addRepeated(~AsciiSet().set('\n').set('\r'), 0);
        break;
    }
    return {};
  }

  // Where the standard writes it out twice, it has its groups' names twice, which ECMAScript refuses.
  Result addRegexp(const Part& part) {
    const std::size_t names = names_.size();
    Result result = translateEcmascriptRegexp(part.value, names_, writer_);
    const bool standsTwice = isRepeated(part.modifier) && !(part.prefix.empty() && part.suffix.empty());
    if (result && standsTwice && names_.size() > names)
      return invalidUrlPattern("a regular expression that is repeated names a group");
    return result;
  }

  void addRepeated(const AsciiSet& set, std::size_t least) {
    const std::size_t start = writer_.instructions();
    writer_.addSet(set);
    writer_.repeat(start, least, kUnbounded);
  }

  ExpressionWriter& writer_;
  AsciiSet segment_;
  GroupNames names_;
};

bool isFixedText(const Part& part) {
  return part.type == Part::Type::FixedText && part.modifier == Part::Modifier::None;
}

std::string literalPrefixOf(const std::vector<Part>& parts) {
  std::string prefix;
  for (const Part& part : parts) {
    if (!isFixedText(part)) return isOptional(part.modifier) ? prefix : prefix + part.prefix;
    prefix += part.value;
  }
  return prefix;
}

tl::expected<LinearExpression, UrlPatternError> compileExpression(const std::vector<Part>& parts,
                                                                  const UrlPatternOptions& options,
                                                                  std::size_t memory) {
  ExpressionWriter writer(LinearExpression::instructionsFor(memory));
  ExpressionOfParts expression(options, writer);
  for (const Part& part : parts) {
    if (const Result result = expression.add(part); !result) return tl::make_unexpected(result.error());
    if (writer.isTooComplex()) return tooComplexUrlPattern();
  }
  const std::size_t instructions = writer.instructions();
  auto compiled = LinearExpression::compile(writer.takePattern(), instructions);
  if (!compiled) return tooComplexUrlPattern();
  return *std::move(compiled);
}

}  // namespace

tl::expected<UrlPatternComponent, UrlPatternError> UrlPatternComponent::compile(
    std::string_view pattern, const UrlPatternOptions& options, const EncodingCallback& encode,
    std::size_t memory) {
  auto parts = parsePatternString(pattern, options, encode);
  if (!parts) return tl::make_unexpected(std::move(parts.error()));
  UrlPatternComponent component;
  component.prefix_ = literalPrefixOf(*parts);
  component.rest_ = restOf(*parts);
  if (!options.delimiter.empty()) component.delimiter_ = options.delimiter.front();
  if (component.rest_ != Rest::Expression) return component;
  auto expression = compileExpression(*parts, options, memory);
  if (!expression) return tl::make_unexpected(std::move(expression.error()));
  component.expression_ = *std::move(expression);
  return component;
}

// No component holds the line breaks that a full wildcard leaves out.
UrlPatternComponent::Rest UrlPatternComponent::restOf(const std::vector<Part>& parts) {
  const auto part = std::ranges::find_if_not(parts, isFixedText);
  if (part == parts.end()) return Rest::Nothing;
  const bool endsWithIt = part + 1 == parts.end() && part->suffix.empty();
  if (!endsWithIt || part->modifier != Part::Modifier::None) return Rest::Expression;
  if (part->type == Part::Type::FullWildcard) return Rest::Anything;
  return part->type == Part::Type::SegmentWildcard ? Rest::Segment : Rest::Expression;
}

bool UrlPatternComponent::matches(std::string_view text) const {
  if (!text.starts_with(prefix_)) return false;
  const std::string_view rest = text.substr(prefix_.size());
  switch (rest_) {
    case Rest::Nothing:
      return rest.empty();
    case Rest::Segment:
      return !rest.empty() && rest.find(delimiter_) == std::string_view::npos;
    case Rest::Expression:
      return expression_->matches(text);
    case Rest::Anything:
      break;
  }
  return true;
}

bool UrlPatternComponent::matchesSpecialScheme() const {
  static constexpr std::array<std::string_view, 6> kSpecialSchemes{"ftp",   "file", "http",
                                                                   "https", "ws",   "wss"};
  return std::ranges::any_of(kSpecialSchemes, [this](std::string_view scheme) { return matches(scheme); });
}

std::size_t UrlPatternComponent::memory() const noexcept {
  return prefix_.capacity() + 1 + (expression_ ? expression_->memory() : 0);
}

}  // namespace mercure::protocol
