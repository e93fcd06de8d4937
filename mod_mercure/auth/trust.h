#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/identified_key.h"

namespace mercure::auth {

/// An issuer whose access tokens are trusted, with the keys of the role that a token is presented for.
/// Without keys it is known, but not trusted in that role.
struct Issuer {
  std::string name;  ///< `iss`, compared byte by byte
  std::vector<IdentifiedKey> keys;
};

/// Decides which resource identifiers are the hub's own.
class Audience {
 public:
  virtual ~Audience() = default;

  /// Whether a token for `identifier`, one string of its `aud`, is for this hub.
  [[nodiscard]] virtual bool includes(std::string_view identifier) const = 0;
};

}  // namespace mercure::auth
