#pragma once

#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "endpoint/answer.h"
#include "hub/selector_cache.h"

namespace mercure::endpoint {

using Selectors = std::vector<hub::Selector>;

/// Compiles the selectors of a token. One that is too complex makes the token invalid. The error is the
/// answer to give.
[[nodiscard]] tl::expected<Selectors, Answer> compileGranted(std::span<const std::string> texts,
                                                             hub::SelectorCache& cache);

/// Compiles the selectors that a request asks for. The error is the answer to give.
[[nodiscard]] tl::expected<Selectors, Answer> compileRequested(std::span<const std::string> texts,
                                                               hub::SelectorCache& cache);

}  // namespace mercure::endpoint
