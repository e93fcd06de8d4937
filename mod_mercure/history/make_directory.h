#pragma once

#include <sys/types.h>

#include <string>

#include <tl/expected.hpp>

namespace mercure::history {

/// Makes an archive's directory, which `user` can then open it in: the last component with mode 0700 and
/// owned by `user` and `group`, those before it, where they are missing, with mode 0755. For root, which
/// never opens an archive itself. An existing last component must be a directory, no symbolic link to one,
/// that belongs to `user` and that nobody else may write to: otherwise what is wrong, and what was expected.
[[nodiscard]] tl::expected<void, std::string> makeDirectory(const std::string& path, uid_t user, gid_t group);

}  // namespace mercure::history
