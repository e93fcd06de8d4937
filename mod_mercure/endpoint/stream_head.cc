#include "endpoint/stream_head.h"

namespace mercure::endpoint {

Response streamHead() {
  Response response;
  response.fields = {
      {"Content-Type", "text/event-stream"},
      {"Cache-Control", "private, no-cache, no-store, must-revalidate, max-age=0, no-transform"},
      {"Pragma", "no-cache"},
      {"X-Accel-Buffering", "no"}};
  return response;
}

}  // namespace mercure::endpoint
