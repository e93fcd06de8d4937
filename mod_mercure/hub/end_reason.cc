#include "hub/end_reason.h"

namespace mercure::hub {

std::string_view describe(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::ClientGone:
      return "client has gone";
    case EndReason::WriteFailed:
      return "write failed";
    case EndReason::TokenExpired:
      return "token expired";
    case EndReason::DurationReached:
      return "longest duration reached";
    case EndReason::SendTimeout:
      return "client too slow: send timeout";
    case EndReason::SendBufferFull:
      return "client too slow: send buffer full";
    case EndReason::ServerStopping:
      return "server is stopping";
    case EndReason::HubRetired:
      return "hub was reconfigured";
    case EndReason::AccessWithdrawn:
      return "its key, its issuer or anonymous subscribers are no longer let in";
    case EndReason::TooManyKeepers:
      return "more keepers than MercureMaxKeepers";
    case EndReason::Overrun:
      return "log has overrun the stream";
    case EndReason::OutOfMemory:
      return "out of memory";
  }
  return "unknown";
}

}  // namespace mercure::hub
