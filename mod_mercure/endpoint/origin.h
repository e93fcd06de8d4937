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
  /// (`https://example.com`, `https://*.example.com`, `http://localhost:*`, `capacitor://`). A `*` stands for
  /// any part of one host, or for any port, the scheme's own included. The error is one line: what was wrong
  /// and what is expected.
  [[nodiscard]] tl::expected<void, std::string> add(std::string_view entry);

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// In lower case, without the scheme's own port.
  [[nodiscard]] const std::vector<std::string>& entries() const noexcept { return entries_; }
  /// Whether `*` alone is listed.
  [[nodiscard]] bool allowsAll() const noexcept { return allowsAll_; }
  /// Whether `origin`, as a request named it, is covered; ASCII case does not matter.
  [[nodiscard]] bool allows(std::string_view origin) const;

 private:
  std::vector<std::string> entries_;
  bool allowsAll_ = false;
};

/// The origin of an absolute URL such as a `Referer`: scheme, host and port, in lower case and without the
/// scheme's own port. Empty when it has none, or when it names a user.
[[nodiscard]] std::string originOf(std::string_view url);

/// Whether both name the same scheme, host and port (RFC 6454, section 5). `null` is the same as nothing.
[[nodiscard]] bool isSameOrigin(std::string_view left, std::string_view right);

}  // namespace mercure::endpoint
