#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "endpoint/answer.h"
#include "endpoint/endpoint.h"
#include "endpoint/refusal.h"
#include "endpoint/request.h"
#include "protocol/form.h"

namespace mercure::endpoint {

/// A request's body as a form, or why it is none.
struct FormBody {
  std::vector<protocol::FormField> fields;
  /// Set: the body was not read, since it is declared to be something else, or nothing; in words.
  std::optional<std::string> whyUnread;
};

/// Reads the body of a request that declares it as `application/x-www-form-urlencoded`, of at most
/// MercureMaxUpdateSize. The error, for one that is too large, is broken or never comes, is the answer to
/// give. Blocks until it is here.
[[nodiscard]] tl::expected<FormBody, Answer> readFormBody(Request& request, const Settings& settings,
                                                          const Manner& manner);

}  // namespace mercure::endpoint
