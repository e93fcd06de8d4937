// The claims of a token that is signed as it should be.
#include <array>
#include <string>

#include "auth/compact_jws.h"
#include "auth/generation.h"
#include "target.h"
#include "trusted.h"

namespace mercure::fuzz {

namespace {

constexpr std::array<std::string_view, 2> kHeaders{R"({"alg":"HS256","typ":"JWT"})",
                                                   R"({"alg":"HS256","typ":"at+jwt"})"};

}  // namespace

void tryInput(std::string_view input) {
  for (const std::string_view header : kHeaders) {
    const std::string token = signedToken(header, input);
    const auto jws = auth::CompactJws::read(token);
    if (!jws) continue;
    const auto generation = auth::generationOf(*jws, auth::Protocol::Any);
    require(generation.has_value(), "the header tells the rules");
    checkGrant(*jws, *generation);
  }
}

}  // namespace mercure::fuzz
