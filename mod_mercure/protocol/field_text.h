#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/form.h"
#include "protocol/generation.h"
#include "protocol/publication_error.h"

namespace mercure::protocol {

/// As long as a topic, an id or a type may be, in bytes: an id has to fit a request field when its subscriber
/// comes back, and a topic the request line that asks for it, which conf/mercure.conf lets be so long.
inline constexpr std::size_t kMaxFieldLength = 32768;

/// What every topic, id and type of a publisher has to be: not too long, and UTF-8 where 1.0 judges it.
[[nodiscard]] std::optional<PublicationError> checkFieldText(const FormField& field, Generation generation);

/// A publisher's text, in quotes, fit for a line of explanation: short, and without control characters.
[[nodiscard]] std::string quoteFieldText(std::string_view text);

}  // namespace mercure::protocol
