#pragma once

#include <exception>
#include <string>
#include <string_view>

#include <apr_strings.h>

#include "httpd/server_config.h"

// What the directives' functions share.

namespace mercure::httpd {

[[nodiscard]] inline std::string quoted(std::string_view value) {
  return "'" + std::string(value) + "'";
}

/// Runs a setter; what it returns, or any exception's text, is the directive's error. An empty text is
/// success.
template <class Setter>
const char* set(const cmd_parms* command, Setter&& setter) noexcept {
  try {
    const std::string error = setter(configOf(command->server));
    if (error.empty()) return nullptr;
    return apr_pstrdup(command->pool, (std::string(command->cmd->name) + ": " + error).c_str());
  } catch (const std::exception& error) {
    return apr_pstrcat(command->pool, command->cmd->name, ": ", error.what(), nullptr);
  }
}

}  // namespace mercure::httpd
