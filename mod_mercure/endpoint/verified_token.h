#pragma once

#include "auth/authenticate.h"
#include "endpoint/selectors.h"

namespace mercure::endpoint {

/// A token that a key has verified, and what it grants in the role that it was presented for: the selectors
/// of its `publish` list for a publisher, of its `subscribe` list for a subscriber. Immutable.
struct VerifiedToken {
  auth::Grant grant;
  Selectors selectors;
};

}  // namespace mercure::endpoint
