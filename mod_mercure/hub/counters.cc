#include "hub/counters.h"

namespace mercure::hub {

namespace {

constexpr std::array<std::string_view, kRefusals> kNames = {
    "NoToken",    "InvalidToken",  "ExpiredToken", "NotEncrypted", "MissingGrant", "ForeignOrigin",
    "BadRequest", "ReservedTopic", "TooLarge",     "Limit",        "Unavailable",
};
static_assert(static_cast<std::size_t>(Refusal::Unavailable) + 1 == kRefusals);

}  // namespace

std::string_view nameOf(Refusal reason) noexcept {
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace mercure::hub
