#pragma once

#include <cstdint>
#include <string_view>

namespace mercure::hub {

/// Why a stream ended, for the log.
enum class EndReason : std::uint8_t {
  ClientGone,
  WriteFailed,
  TokenExpired,
  DurationReached,
  SendTimeout,
  SendBufferFull,
  ServerStopping,
  HubRetired,
  AccessWithdrawn,  ///< a reload has dropped the token's key, or anonymous subscribers
  TooManyKeepers,   ///< the process that kept it was one over MercureMaxKeepers
  Overrun,          ///< the log was rewritten before the stream had read it
  OutOfMemory,
};
[[nodiscard]] std::string_view describe(EndReason reason) noexcept;

}  // namespace mercure::hub
