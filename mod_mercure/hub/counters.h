#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mercure::hub {

/// Why a request was refused, counted one by one.
enum class Refusal : std::uint8_t {
  NoToken,
  InvalidToken,  ///< malformed, wrong algorithm or signature, bad claims
  ExpiredToken,  ///< past `exp`, or before `nbf`
  NotEncrypted,  ///< a token over clear text where TLS is required
  MissingGrant,
  ForeignOrigin,
  BadRequest,
  ReservedTopic,
  TooLarge,
  Limit,        ///< subscribers, threaded streams, descriptors, matcher memory
  Unavailable,  ///< the hub itself could not serve
};
inline constexpr std::size_t kRefusals = 11;

/// What only ever grows, one set a hub, in its segment; any thread of any process adds.
struct alignas(64) Counters {
  std::atomic<std::uint64_t> published;
  std::atomic<std::uint64_t> delivered;           ///< events written whole to a subscriber's socket
  std::atomic<std::uint64_t> selectorsEvaluated;  ///< matchers compared with an update's topics
  std::atomic<std::uint64_t> streamsOpened;
  std::atomic<std::uint64_t> streamsClosed;
  std::atomic<std::uint64_t> overruns;        ///< dispatchers that the log outran
  std::atomic<std::uint64_t> repairs;         ///< locks found held by a dead process
  std::atomic<std::uint64_t> historyRefused;  ///< updates that the history did not take, and nobody received
  std::atomic<std::uint64_t> historyLost;     ///< likewise, but they were delivered all the same
  std::atomic<std::uint64_t> replays;         ///< streams that read updates of the past
  std::array<std::atomic<std::uint64_t>, kRefusals> refused;

  void refuse(Refusal reason) noexcept {
    refused[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  }
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// The reason's name in server-status, as `RefusedNoToken` shows it without its first word.
[[nodiscard]] std::string_view nameOf(Refusal reason) noexcept;

}  // namespace mercure::hub
