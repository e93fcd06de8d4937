#include "protocol/field_text.h"

#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

PublicationError object(PublicationFault fault, const FormField& field, const std::string& what) {
  return {fault, "the \"" + field.name + "\" parameter " + what};
}

}  // namespace

std::optional<PublicationError> checkFieldText(const FormField& field, Generation generation) {
  if (generation == Generation::V1 && !field.wasUtf8)
    return object(PublicationFault::NotUtf8, field, "is not UTF-8");
  if (field.value.size() > kMaxFieldLength)
    return object(PublicationFault::FieldTooLong, field,
                  "has " + std::to_string(field.value.size()) + " bytes, at most " +
                      std::to_string(kMaxFieldLength) + " are allowed");
  return std::nullopt;
}

std::string quoteFieldText(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string quoted = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decodeUtf8Step(text.substr(at));
    if (at + step.size > kLongest) return quoted + "\u2026\"";
    if (step.valid && !isControl(step.codePoint)) {
      quoted += text.substr(at, step.size);
    } else {
      quoted += "\uFFFD";
    }
    at += step.size;
  }
  return quoted + "\"";
}

}  // namespace mercure::protocol
