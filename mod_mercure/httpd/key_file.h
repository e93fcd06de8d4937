#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace mercure::httpd {

/// Text that is wiped when it goes.
class SecretText {
 public:
  explicit SecretText(std::string text) noexcept : text_(std::move(text)) {}
  ~SecretText();
  SecretText(SecretText&&) = default;
  SecretText& operator=(SecretText&&) = delete;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  [[nodiscard]] std::string_view view() const noexcept { return text_; }

 private:
  std::string text_;
};

/// The path of a file that a directive names: relative ones are below httpd's ServerRoot.
[[nodiscard]] std::string pathBelowServerRoot(const std::string& name);

/// Reads a file with keys; as root, in the parent. Only regular files of at most `limit` bytes. The error is
/// why it can't be read, in few words.
[[nodiscard]] tl::expected<SecretText, std::string> readKeyFile(const std::string& path, std::size_t limit);

/// Whether users other than its owner and group may read it.
[[nodiscard]] bool isReadableByEverybody(const std::string& path);

}  // namespace mercure::httpd
