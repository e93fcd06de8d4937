#pragma once

#include "endpoint/answer.h"
#include "httpd/hub_request.h"
#include "httpd/module.h"

namespace mercure::httpd {

/// Why a stream could not be opened.
struct OpenRefusal {
  int status;
  std::string explanation;
};

/// Sends `head` and opens the stream: handed over to a dispatcher where possible, in this thread otherwise
/// (then it returns when the stream ends). Nothing has been sent when it refuses.
[[nodiscard]] tl::expected<void, OpenRefusal> openStream(request_rec* request, const Site& site,
                                                         const endpoint::Response& head,
                                                         hub::Subscription subscription);

/// Sends a whole stream, and cuts it so that the client comes back.
void sendCutStream(request_rec* request, const endpoint::Response& stream);

}  // namespace mercure::httpd
