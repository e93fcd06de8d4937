#pragma once

#include <span>
#include <string_view>

#include "mercurectl/arguments.h"

namespace mercure::mercurectl {

/// Reads the arguments behind `match`. An option may stand anywhere before a "--", behind which patterns and
/// topics may begin with "-".
[[nodiscard]] Request readMatchArguments(std::span<const std::string_view> arguments);

}  // namespace mercure::mercurectl
