#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "auth/algorithm.h"
#include "auth/identified_key.h"

namespace mercure::auth {

/// Longer documents are refused unread.
inline constexpr std::size_t kMaxKeySetSize = std::size_t{1024} * 1024;

/// As many keys of one document as are looked at: a token without a `kid` is tried with each.
inline constexpr std::size_t kMaxKeysOfSet = 100;

/// The usable keys of a JWK Set document.
struct KeySet {
  /// In the document's order. A JWK without an `alg` stands here once for each algorithm that it fits, each
  /// time under the same `kid`; several JWKs may share one too.
  std::vector<IdentifiedKey> keys;

  /// For the log, one line each: which JWK is not used, and why. Never key material.
  std::vector<std::string> notes;
};

/// Reads a JWK Set (RFC 7517, section 5), which may come from anywhere, into keys for the `allowed`
/// algorithms; jwk.h says which JWKs are usable. Others are left out and noted, as the RFC demands, so the
/// result may be empty. A document that is no JWK Set is an error: one line that never repeats the document.
/// Leaves OpenSSL's error queue alone. Any thread.
[[nodiscard]] tl::expected<KeySet, std::string> readKeySet(
    std::string_view document, std::span<const Algorithm> allowed = kPublicKeyAlgorithms);

}  // namespace mercure::auth
