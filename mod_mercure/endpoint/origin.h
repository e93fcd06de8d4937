#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace mercure::endpoint {

/// The origins that a directive allows: exact ones, ones with a single `*`, `null`, or `*` for all.
class OriginList {
 public:
  /// Adds one entry: `*`, `null`, or a scheme with an optional host and port and nothing more
  /// (`https://example.com`, `https://*.example.com`, `http://localhost:*`, `capacitor://`). The error is one
  /// line: what was wrong and what is expected.
  [[nodiscard]] tl::expected<void, std::string> add(std::string_view entry);

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// Whether `*` alone is listed.
  [[nodiscard]] bool allowsAll() const noexcept { return allowsAll_; }
  /// Whether `origin`, as a request named it, is covered; ASCII case does not matter.
  [[nodiscard]] bool allows(std::string_view origin) const;

 private:
  std::vector<std::string> entries_;  // lower case
  bool allowsAll_ = false;
};

/// The origin (scheme and authority) of an absolute URL such as a `Referer`; empty when it has none.
[[nodiscard]] std::string originOf(std::string_view url);

}  // namespace mercure::endpoint
