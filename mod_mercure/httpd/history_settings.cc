#include "httpd/history_settings.h"

#include "httpd/values.h"

namespace mercure::httpd {

std::optional<hub::HistoryOptions> resolveHistory(const ServerConfig& config, const std::string& hubName,
                                                  unsigned maxReaders) {
  std::string directory = config.history.value_or(kDefaultHistory);
  if (directory.empty()) return std::nullopt;
  if (directory.back() != '/') directory += '/';
  hub::HistoryOptions options;
  options.directory = directory + hubName;
  options.maxSize = config.historySize.value_or(options.maxSize);
  options.maxCount = config.historyCount.value_or(options.maxCount);
  options.maxAge = config.historyAge.value_or(options.maxAge);
  options.sync = config.historySync.value_or(options.sync);
  options.maxReaders = maxReaders;
  return options;
}

hub::HistoryMode modeOf(const std::optional<hub::HistoryOptions>& history) noexcept {
  if (!history) return hub::HistoryMode::None;
  return history->sync ? hub::HistoryMode::Synced : hub::HistoryMode::Written;
}

std::vector<Setting> historySettings(const std::optional<hub::HistoryOptions>& history) {
  if (!history) return {{"MercureHistory", "off"}};
  return {{"MercureHistory", history->directory},
          {"MercureHistorySize", std::to_string(history->maxSize)},
          {"MercureHistoryCount", std::to_string(history->maxCount)},
          {"MercureHistoryAge", formatTime(history->maxAge)},
          {"MercureHistorySync", formatSwitch(history->sync)}};
}

}  // namespace mercure::httpd
