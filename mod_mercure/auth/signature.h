#pragma once

#include "auth/compact_jws.h"
#include "auth/key.h"

namespace mercure::auth {

/// Whether `jws` names exactly the algorithm that `key` is pinned to and carries the signature that it should
/// (RFC 7515, section 5.2). Checked by libjwt where that can read the token, else by OpenSSL. Leaves
/// OpenSSL's error queue alone. Any thread.
[[nodiscard]] bool verifySignature(const CompactJws& jws, const Key& key);

/// Whether libjwt 1.10 can check a token with this header and algorithm: it refuses every `typ` but `JWT`,
/// and knows neither PS* nor EdDSA.
[[nodiscard]] bool libjwtCanVerify(const CompactJws& jws, Algorithm algorithm) noexcept;

/// The two verifiers behind verifySignature, which agree on every token that libjwt can read. They expect
/// that the algorithm and the signature's size have been found right.
[[nodiscard]] bool verifyWithLibjwt(const CompactJws& jws, const Key& key);
[[nodiscard]] bool verifyWithOpenssl(const CompactJws& jws, const Key& key);

}  // namespace mercure::auth
