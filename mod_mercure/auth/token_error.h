#pragma once

#include <string>

namespace mercure::auth {

enum class TokenFault {
  Malformed,             ///< not three parts, not JSON, no algorithm, a key id that is not a string
  WrongType,             ///< not an `at+jwt` where only 1.0 is served
  CriticalHeader,        ///< a `crit` header
  UntrustedIssuer,       ///< 1.0: no `iss`, or none that is configured
  UnsupportedAlgorithm,  ///< none of the keys is pinned to the token's algorithm
  UnknownKey,            ///< its `kid` names no key, and no key without a name verified it
  BadSignature,
  Expired,
  NotYetValid,
  WrongAudience,  ///< 1.0: no `aud`, or not this hub
  InvalidClaims,
};

struct TokenError {
  TokenFault fault;
  std::string explanation;  ///< for the administrator's log, one line: which rule, which claim, which
                            ///< algorithm; never the token
  std::string keyId = {};   ///< UnknownKey: the `kid` as the token has it, for whoever can fetch that key
};

}  // namespace mercure::auth
