#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/expiry_notices.h"
#include "hub/hub.h"
#include "hub/matcher_cache.h"
#include "hub/place.h"
#include "hub/shared_fingerprint.h"

namespace mercure::hub {

using MonotonicTime = std::chrono::steady_clock::time_point;

/// How streams of one virtual host are kept; shared by all of them.
struct StreamLimits {
  std::chrono::milliseconds heartbeat{25'000};   ///< 0: none
  std::chrono::milliseconds sendTimeout{5'000};  ///< 0: none
  std::size_t sendBuffer = 1U << 20U;
};

/// A subscriber's wish, authorised: made by endpoint/, carried out by a stream.
struct Subscription {
  std::string subscriberId;
  std::vector<Matcher> matchers;  ///< what it asked for: at least one
  std::vector<Matcher> rights;    ///< what its token lets it read of the private updates
  Place start;                    ///< it gets what comes after this
  std::optional<std::chrono::system_clock::time_point> expires;  ///< its token's `exp`
  /// When that token was issued, if the client wants to be told beforehand that it expires.
  ExpiryNotices::WallTime noticesSince = ExpiryNotices::kUnwanted;
  std::optional<KeyFingerprint> key;  ///< its token's; none for an anonymous one
  IssuerMark issuer{};                ///< whose token it was
};

/// What is known of a stream when it ends.
struct StreamEnd {
  const Hub& hub;
  std::string_view subscriberId;
  EndReason reason;
  std::chrono::milliseconds duration;
  std::uint64_t events;
  std::uint64_t bytes;
};

}  // namespace mercure::hub
