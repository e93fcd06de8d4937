#pragma once

#include "endpoint/answer.h"
#include "httpd/module.h"

namespace mercure::httpd {

/// Puts a response's status and fields into `request`; nothing is sent yet. Whatever mod_headers adds, no
/// field comes twice: a value of the site's replaces the hub's own, but an Access-Control field of the hub's,
/// which knows the page, replaces the site's.
void setHead(request_rec* request, const endpoint::Response& response);

/// Whether `name` is that of the output filter that sees to it.
[[nodiscard]] bool isOwnFieldsFilter(const char* name) noexcept;

/// Registers that filter.
void registerOwnFields();

}  // namespace mercure::httpd
