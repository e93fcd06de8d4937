#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/expression_writer.h"
#include "protocol/url_pattern_error.h"

namespace mercure::protocol {

/// Names of capturing groups.
using GroupNames = std::set<std::string, std::less<>>;

/// Reads `source` as ECMAScript does under the flag v, without i, m and s (ECMA-262, "Patterns"), and adds to
/// `writer` one group that matches the same ASCII texts. Groups capture nothing; their names join `names`,
/// where none may be yet. Refused: what ECMAScript refuses, what isn't ASCII, and what no linear matching has
/// (lookaround, backreferences) or hardly a pattern needs (flags of a group, strings in a class, names with
/// escapes). Any thread. May throw std::bad_alloc.
[[nodiscard]] tl::expected<void, UrlPatternError> translateEcmascriptRegexp(std::string_view source,
                                                                            GroupNames& names,
                                                                            ExpressionWriter& writer);

}  // namespace mercure::protocol
