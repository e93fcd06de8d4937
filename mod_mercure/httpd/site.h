#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "endpoint/endpoint.h"
#include "hub/dispatchers.h"
#include "hub/history.h"
#include "hub/subscription.h"

namespace mercure::httpd {

/// A hub as one virtual host serves it: every directive resolved, keys read. Read-only once the server runs.
struct Site {
  std::string hubName;
  endpoint::Settings settings;
  std::shared_ptr<const hub::StreamLimits> streamLimits;
  std::chrono::milliseconds maxStreamDuration{600'000};
  hub::SeatLimits seats;
  std::int64_t maxThreadedStreams = 0;
  std::size_t logSize = 0;
  std::optional<hub::HistoryOptions> history;  ///< none: the log alone
  hub::Hub* hub = nullptr;  ///< the module context's; null until the shared memory is there
  std::string fault;        ///< why every request gets a 503, or empty
};

}  // namespace mercure::httpd
