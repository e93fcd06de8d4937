#pragma once

#include "auth/grant.h"
#include "endpoint/matchers.h"

namespace mercure::endpoint {

/// The two things that a token may allow.
enum class Role { Publisher, Subscriber };

/// A token that a key has verified, and what it grants in the role that it was presented for. Immutable.
struct VerifiedToken {
  auth::Grant grant;
  Matchers matchers;
};

}  // namespace mercure::endpoint
