#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "httpd/server_config.h"
#include "hub/history.h"
#include "hub/segment.h"

namespace mercure::httpd {

/// What `MercureHistory on` means: where the build says that hubs have their directories.
inline constexpr const char* kDefaultHistory = MERCURE_HISTORY_DIRECTORY;

/// How the hub `hubName` keeps its updates, as the directives have it; none where history is off.
[[nodiscard]] std::optional<hub::HistoryOptions> resolveHistory(const ServerConfig& config,
                                                                const std::string& hubName,
                                                                unsigned maxReaders);

[[nodiscard]] hub::HistoryMode modeOf(const std::optional<hub::HistoryOptions>& history) noexcept;

/// A directive and its value in words.
struct Setting {
  std::string_view directive;
  std::string value;
};

/// A history as its directives would say it; the directory is the hub's own.
[[nodiscard]] std::vector<Setting> historySettings(const std::optional<hub::HistoryOptions>& history);

}  // namespace mercure::httpd
