#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "auth/algorithm.h"

struct evp_pkey_st;

namespace mercure::auth {

using Fingerprint = std::array<std::uint8_t, 16>;

/// One verification key, pinned to one algorithm. Immutable and cheap to copy; any thread may verify with it.
/// The secret is wiped from memory when the last copy goes.
class Key {
 public:
  /// Makes a key from a directive's or a file's text: the secret of an HS* algorithm, or a PEM public key or
  /// certificate for any other. One trailing newline (LF or CRLF), then trailing and leading blanks are
  /// dropped; base64 is never decoded. key_material.h says which keys are good enough. The error is one line
  /// that says what was wrong and what was expected, and never repeats the text.
  [[nodiscard]] static tl::expected<Key, std::string> read(std::string_view text, Algorithm algorithm);

  /// Whether `text` looks like PEM, so that a directive can demand the algorithm's name.
  [[nodiscard]] static bool looksLikePem(std::string_view text) noexcept;

  [[nodiscard]] Algorithm algorithm() const noexcept;

  /// The first 16 bytes of a SHA-256 over algorithm and key: names the key without giving it away, and the
  /// same one wherever it was read from.
  [[nodiscard]] const Fingerprint& fingerprint() const noexcept;

  /// Bytes of the secret, or bits of the public key: for start-up lines and warnings about weak keys.
  [[nodiscard]] std::size_t size() const noexcept;

  struct Material;
  /// `material` as key_material.h makes it.
  explicit Key(Material material);
  [[nodiscard]] const Material& material() const noexcept { return *material_; }

 private:
  std::shared_ptr<const Material> material_;
};

}  // namespace mercure::auth
