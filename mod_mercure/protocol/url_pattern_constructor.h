#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "protocol/url_pattern_error.h"
#include "protocol/url_pattern_init.h"

namespace mercure::protocol {

/// "Parse a constructor string" (URL Pattern standard,
/// https://urlpattern.spec.whatwg.org/#parse-a-constructor-string): finds the components of a pattern that is
/// written as one text. Without a protocol it is a relative one. Linear in its length, but for compiling the
/// protocol; any thread. May throw std::bad_alloc.
[[nodiscard]] tl::expected<UrlPatternInit, UrlPatternError> parseConstructorString(std::string_view input);

}  // namespace mercure::protocol
