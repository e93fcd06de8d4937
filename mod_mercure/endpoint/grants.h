#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "auth/grant.h"
#include "endpoint/matchers.h"
#include "endpoint/verified_token.h"

namespace mercure::endpoint {

/// The matchers of the topics on which `grant` allows `role` its work. All of a token's matchers are
/// compiled, those of the other role too: one wrong makes it invalid (P1-AD-06).
[[nodiscard]] tl::expected<Matchers, MatcherObjection> compileGrant(const auth::Grant& grant, Role role,
                                                                    std::string_view hubUrl,
                                                                    hub::MatcherCache& cache);

/// What `grant` allows `role`, in words for the administrator's log.
[[nodiscard]] std::string describeGrant(const auth::Grant& grant, Role role);

}  // namespace mercure::endpoint
