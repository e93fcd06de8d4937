#pragma once

#include <optional>
#include <string>

#include "auth/key.h"

namespace mercure::auth {

/// A trusted key and the name that a token's `kid` may call it by (RFC 7515, section 4.1.4). A key that a
/// directive gives as a secret or as PEM has no name.
struct IdentifiedKey {
  Key key;
  std::optional<std::string> id;  ///< `kid`; an empty one is a name like any other
};

}  // namespace mercure::auth
