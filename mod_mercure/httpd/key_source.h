#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "auth/key.h"

namespace mercure::httpd {

/// Where a key directive says its key is. A literal has been read already; the environment and files belong
/// to the outside world and are read when the server starts.
class KeySource {
 public:
  /// Reads a directive's arguments. The error says what was wrong, what was expected and gives an example.
  [[nodiscard]] static tl::expected<KeySource, std::string> parse(std::string_view directive,
                                                                  std::string_view place,
                                                                  std::optional<std::string_view> algorithm);

  struct Loaded {
    auth::Key key;
    std::string warning;  ///< for the administrator, or empty
  };

  /// Reads the key from where it is; as root, in the parent. Relative files are below httpd's ServerRoot. The
  /// error names the directive and the place.
  [[nodiscard]] tl::expected<Loaded, std::string> load() const;

  /// Whether the key stands in the configuration itself.
  [[nodiscard]] bool isLiteral() const noexcept { return place_ == Place::Literal; }

 private:
  enum class Place { Literal, Environment, File };

  [[nodiscard]] tl::expected<auth::Key, std::string> read(std::string_view text) const;
  [[nodiscard]] std::string where() const;

  Place place_ = Place::Literal;
  std::string directive_;
  std::string name_;  // a variable's name or a file's path
  std::optional<auth::Algorithm> algorithm_;
  std::optional<auth::Key> literal_;
};

}  // namespace mercure::httpd
