#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "auth/json.h"

namespace mercure::auth {

/// Longer tokens are refused unread. A thousand selectors of ordinary length fit; httpd's own limit on a
/// header field, LimitRequestFieldSize, is far below it unless an administrator raises it.
inline constexpr std::size_t kMaxTokenSize = std::size_t{64} * 1024;

/// A JWS in compact serialisation (RFC 7515, section 7.1), taken apart but not verified: nothing in it may be
/// believed before verifySignature says so.
struct CompactJws {
  std::string_view token;        ///< the caller's
  std::string_view signedBytes;  ///< the first two parts with the dot between them, a view into `token`
  Json header;                   ///< an object
  Json claims;                   ///< an object
  std::string signature;         ///< raw bytes; empty in an unsigned token

  /// Takes `token` apart after ANY-50: three parts in strict base64url, the first two JSON objects. It must
  /// outlive the result. The error is one line for a log that never repeats the token. Any thread.
  [[nodiscard]] static tl::expected<CompactJws, std::string> read(std::string_view token);

  /// The header alone, by the same rules, whatever the other two parts hold. Any thread.
  [[nodiscard]] static tl::expected<Json, std::string> readHeader(std::string_view token);
};

}  // namespace mercure::auth
