#include "protocol/ecmascript_property.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <string>

namespace mercure::protocol {

namespace {

// ECMA-262, "Binary Unicode property aliases", as far as ASCII has them. ICU knows properties beyond those.
constexpr std::array kBinaryProperties{
    UCHAR_ALPHABETIC,
    UCHAR_ASCII_HEX_DIGIT,
    UCHAR_BIDI_MIRRORED,
    UCHAR_CASE_IGNORABLE,
    UCHAR_CASED,
    UCHAR_CHANGES_WHEN_CASEFOLDED,
    UCHAR_CHANGES_WHEN_CASEMAPPED,
    UCHAR_CHANGES_WHEN_LOWERCASED,
    UCHAR_CHANGES_WHEN_NFKC_CASEFOLDED,
    UCHAR_CHANGES_WHEN_TITLECASED,
    UCHAR_CHANGES_WHEN_UPPERCASED,
    UCHAR_DASH,
    UCHAR_DIACRITIC,
    UCHAR_EMOJI,
    UCHAR_EMOJI_COMPONENT,
    UCHAR_GRAPHEME_BASE,
    UCHAR_HEX_DIGIT,
    UCHAR_ID_CONTINUE,
    UCHAR_ID_START,
    UCHAR_LOWERCASE,
    UCHAR_MATH,
    UCHAR_PATTERN_SYNTAX,
    UCHAR_PATTERN_WHITE_SPACE,
    UCHAR_QUOTATION_MARK,
    UCHAR_S_TERM,
    UCHAR_SOFT_DOTTED,
    UCHAR_TERMINAL_PUNCTUATION,
    UCHAR_UPPERCASE,
    UCHAR_WHITE_SPACE,
    UCHAR_XID_CONTINUE,
    UCHAR_XID_START,
};

template <class Predicate>
AsciiSet charactersThat(Predicate has) {
  AsciiSet set;
  for (std::size_t c = 0; c < set.size(); ++c) set[c] = has(static_cast<UChar32>(c));
  return set;
}

std::optional<AsciiSet> withScript(std::string_view name) {
  if (name != "Latin" && name != "Latn" && name != "Common" && name != "Zyyy") return std::nullopt;
  const UScriptCode script = name.starts_with("Lat") ? USCRIPT_LATIN : USCRIPT_COMMON;
  return charactersThat([script](UChar32 c) { return uscript_hasScript(c, script) != 0; });
}

// ICU finds a value by any spelling of its names, ECMAScript by its names alone.
std::optional<AsciiSet> withCategory(const std::string& name) {
  const int mask = u_getPropertyValueEnum(UCHAR_GENERAL_CATEGORY_MASK, name.c_str());
  if (mask == UCHAR_INVALID_CODE) return std::nullopt;
  for (int choice = U_SHORT_PROPERTY_NAME;; ++choice) {
    const char* const known =
        u_getPropertyValueName(UCHAR_GENERAL_CATEGORY_MASK, mask, static_cast<UPropertyNameChoice>(choice));
    if (known == nullptr && choice > U_LONG_PROPERTY_NAME) return std::nullopt;
    if (known != nullptr && name == known) break;
  }
  return charactersThat(
      [mask](UChar32 c) { return (U_MASK(u_charType(c)) & static_cast<unsigned>(mask)) != 0; });
}

bool isNameOf(UProperty property, std::string_view name) {
  if (property == UCHAR_WHITE_SPACE) return name == "White_Space" || name == "space";
  return std::ranges::any_of(std::array{U_SHORT_PROPERTY_NAME, U_LONG_PROPERTY_NAME}, [&](auto choice) {
    const char* const known = u_getPropertyName(property, choice);
    return known != nullptr && name == known;
  });
}

std::optional<AsciiSet> withBinaryProperty(std::string_view name) {
  if (name == "ASCII" || name == "Any" || name == "Assigned") return AsciiSet().set();
  const auto* const property =
      std::ranges::find_if(kBinaryProperties, [name](UProperty each) { return isNameOf(each, name); });
  if (property == kBinaryProperties.end()) return std::nullopt;
  return charactersThat([property](UChar32 c) { return u_hasBinaryProperty(c, *property) != 0; });
}

}  // namespace

std::optional<AsciiSet> asciiWithProperty(std::string_view expression) {
  const std::size_t equals = expression.find('=');
  if (equals == std::string_view::npos) {
    const auto set = withCategory(std::string(expression));
    return set ? set : withBinaryProperty(expression);
  }
  const std::string_view name = expression.substr(0, equals);
  const std::string_view value = expression.substr(equals + 1);
  if (name == "General_Category" || name == "gc") return withCategory(std::string(value));
  if (name == "Script" || name == "sc" || name == "Script_Extensions" || name == "scx")
    return withScript(value);
  return std::nullopt;
}

}  // namespace mercure::protocol
