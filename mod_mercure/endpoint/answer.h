#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hub/counters.h"
#include "hub/subscription.h"

namespace mercure::endpoint {

/// A whole response, or the head of a stream.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields;  ///< Content-Type included
  std::string body;
};

/// Why a request was not served, for the administrator: counted, and logged in one line.
struct Refused {
  hub::Refusal reason;
  std::string explanation;  ///< which rule, in words; never the token
};

/// What to do with a request.
struct Answer {
  Response response;
  std::optional<Refused> refused;
  /// Set: send the response's head, then open the stream. Never set for HEAD.
  std::optional<hub::Subscription> subscription;
  /// After the response the connection is cut, without the body's proper end: the client is to come back.
  bool isCut = false;
};

}  // namespace mercure::endpoint
