#pragma once

#include <cstddef>
#include <optional>

#include "protocol/form.h"

namespace mercure::protocol {

/// As long as a matcher of 1.0 may be, in bytes, where nothing else is set.
inline constexpr std::size_t kDefaultMaxMatcherLength = 4096;

enum class MatcherTextFault { TooLong, NotUtf8, ControlOrFormat };

/// What keeps the value of a parameter from being a matcher of 1.0, whatever its type; nothing where nothing
/// does (draft 08, "Subscription"). Whether a pattern compiles is another question.
[[nodiscard]] std::optional<MatcherTextFault> checkMatcherText(const FormField& field, std::size_t maxLength);

}  // namespace mercure::protocol
