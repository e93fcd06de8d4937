#pragma once

#include <string>

#include "history/record.h"

namespace mercure::mercurectl {

/// An update as a JSON object in one line, its line end included; empty when memory is short. Bytes that are
/// not UTF-8 become U+FFFD.
[[nodiscard]] std::string lineOf(const history::Record& record);

}  // namespace mercure::mercurectl
