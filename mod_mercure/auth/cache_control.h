#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace mercure::auth {

/// How long a Cache-Control field lets an answer be used (RFC 9111, section 5.2.2): its `max-age`, not at all
/// for `no-store` and `no-cache`; none when the field does not say so in a readable way.
[[nodiscard]] std::optional<std::chrono::seconds> maxAgeIn(std::string_view cacheControl) noexcept;

}  // namespace mercure::auth
