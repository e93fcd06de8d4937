#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace mercure::protocol {

/// A URL record of the URL standard (https://url.spec.whatwg.org/#concept-url). All its texts are ASCII, if
/// `parseUrl` made it.
struct Url {
  std::string scheme;    ///< "https": without the colon
  std::string username;  ///< percent-encoded, like the password; empty: none
  std::string password;
  std::optional<std::string> host;    ///< serialised: "[::1]", "127.0.0.1", "xn--bcher-kva.example"
  std::optional<std::uint16_t> port;  ///< none where it is the scheme's own
  std::string path;                   ///< serialised: "/a/b"; an opaque path as it is
  bool hasOpaquePath = false;
  std::optional<std::string> query;     ///< without "?"
  std::optional<std::string> fragment;  ///< without "#"

  [[nodiscard]] bool isSpecial() const noexcept;

  /// Equal where all parts are; in some order otherwise. (clang-tidy takes the 0 within for a pointer.)
  friend auto operator<=>(const Url&, const Url&) = default;  // NOLINT(modernize-use-nullptr)

  /// The URL serializer (https://url.spec.whatwg.org/#url-serializing). Parsing it gives this record again.
  [[nodiscard]] std::string href() const;
};

/// The part that makes a text no URL. `Scheme`: it has none, and no base gives it one.
enum class UrlFault { Scheme, Host, Port };

/// The URL parser (https://url.spec.whatwg.org/#concept-url-parser): `input`, in any bytes, relative to
/// `base` if there is one. Broken UTF-8 reads as U+FFFD. Linear in the sizes of both. Any thread.
[[nodiscard]] tl::expected<Url, UrlFault> parseUrl(std::string_view input, const Url* base = nullptr);

/// Whether `scheme`, in lower case, is one of ftp, file, http, https, ws and wss.
[[nodiscard]] bool isSpecialScheme(std::string_view scheme) noexcept;

/// The port that a special scheme has where none is written. `file` has none, nor have other schemes.
[[nodiscard]] std::optional<std::uint16_t> defaultPort(std::string_view scheme) noexcept;

}  // namespace mercure::protocol
