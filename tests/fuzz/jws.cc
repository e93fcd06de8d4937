// A token as it comes: only one with a right signature is taken.
#include "auth/compact_jws.h"

#include <string>

#include "auth/generation.h"
#include "target.h"
#include "trusted.h"

namespace mercure::fuzz {

namespace {

using auth::CompactJws;
using auth::Protocol;

void checkParts(const CompactJws& jws, std::string_view token) {
  require(jws.token == token && token.starts_with(jws.signedBytes), "the parts are the token's");
  require(json_is_object(jws.header.get()) && json_is_object(jws.claims.get()), "two parts are objects");
}

void checkGenerations(const CompactJws& jws) {
  const auto any = auth::generationOf(jws, Protocol::Any);
  const auto old = auth::generationOf(jws, Protocol::V0);
  const auto recent = auth::generationOf(jws, Protocol::V1);
  require(any.has_value(), "where all is served every token has its rules");
  require(old && *old == auth::Generation::V0, "served alone, 0.x takes every token");
  require(recent ? *recent == *any : *any == auth::Generation::V0, "1.0 refuses what is not its own");
}

}  // namespace

void tryInput(std::string_view input) {
  const auto jws = CompactJws::read(input);
  if (!jws) return require(jws.error().find_first_of("\r\n") == std::string::npos, "an error is one line");
  checkParts(*jws, input);
  checkGenerations(*jws);
  checkGrant(*jws, auth::Generation::V0);
  checkGrant(*jws, auth::Generation::V1);
}

}  // namespace mercure::fuzz
