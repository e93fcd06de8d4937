#pragma once

#include <string>

#include <tl/expected.hpp>

#include "history/check_apart.h"

namespace mercure::mercurectl {

/// The user that reads a hub's directory: its owner, whatever LMDB may have to make there must belong to. An
/// error, in words, when this process neither is that user nor can become it.
[[nodiscard]] tl::expected<history::User, std::string> ownerOf(const std::string& directory);

}  // namespace mercure::mercurectl
