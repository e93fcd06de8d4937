#pragma once

#include <optional>
#include <string_view>

#include "protocol/form.h"
#include "protocol/generation.h"
#include "protocol/publication_error.h"

namespace mercure::protocol {

/// Why nobody may publish to `topic`, a publisher's `topic` parameter, by the rules of a generation (ANY-18,
/// ANY-19; drafts 07 and 08, "Publication"); nothing where one may. `hubPath` is the path of the hub's URL.
[[nodiscard]] std::optional<PublicationError> checkTopic(const FormField& topic, std::string_view hubPath,
                                                         Generation generation);

}  // namespace mercure::protocol
