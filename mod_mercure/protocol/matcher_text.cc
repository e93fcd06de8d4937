#include "protocol/matcher_text.h"

#include "protocol/unicode.h"

namespace mercure::protocol {

std::optional<MatcherTextFault> checkMatcherText(const FormField& field, std::size_t maxLength) {
  if (field.value.size() > maxLength) return MatcherTextFault::TooLong;
  if (!field.wasUtf8) return MatcherTextFault::NotUtf8;
  if (holdsControlOrFormat(field.value)) return MatcherTextFault::ControlOrFormat;
  return std::nullopt;
}

}  // namespace mercure::protocol
