#pragma once

#include <exception>
#include <utility>

#include "httpd/module.h"

namespace mercure::httpd {

/// Runs what httpd called, so that no exception crosses into C: one that gets here is logged, and `otherwise`
/// is the answer. Any thread.
template <class Function, class Value>
Value guarded(const server_rec* server, const char* where, Value otherwise, Function&& function) noexcept {
  try {
    return std::forward<Function>(function)();
  } catch (const std::exception& error) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server, MERCURE_LOG_ID(0001) "%s failed, and nothing else: %s",
                 where, error.what());
  } catch (...) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, server, MERCURE_LOG_ID(0001) "%s failed, and nothing else", where);
  }
  return otherwise;
}

}  // namespace mercure::httpd
