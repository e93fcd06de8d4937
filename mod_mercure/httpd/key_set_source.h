#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "auth/jwk_set.h"

namespace mercure::httpd {

/// Where a directive says its JWK Set is: in a file, read when the server starts, or at a URL, fetched by a
/// child.
class KeySetSource {
 public:
  /// Reads a directive's arguments: a place, and the algorithms that its keys may be for. The error says what
  /// was wrong, what was expected and gives an example.
  [[nodiscard]] static tl::expected<KeySetSource, std::string> parse(
      std::string_view directive, std::string_view place, std::span<const std::string_view> algorithms);

  [[nodiscard]] bool isRemote() const noexcept { return isRemote_; }
  /// The URL, or the file's path.
  [[nodiscard]] const std::string& place() const noexcept { return place_; }
  [[nodiscard]] const std::vector<auth::Algorithm>& algorithms() const noexcept { return algorithms_; }

  /// Reads the set from its file; as root, in the parent. The error names the directive and the file.
  [[nodiscard]] tl::expected<auth::KeySet, std::string> load() const;

 private:
  std::string directive_;
  std::string place_;
  bool isRemote_ = false;
  std::vector<auth::Algorithm> algorithms_;
};

}  // namespace mercure::httpd
