#pragma once

#include <cstdint>
#include <limits>

#include "hub/segment.h"

namespace mercure::hub {

/// Whose seats are counted together: an address, or a network that one household or one phone has. 0 is
/// nobody's.
using Client = std::uint64_t;

/// How many seats each client has in one hub, over all processes. Any thread; waits shortly for the others.
class ClientSeats {
 public:
  static constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

  explicit ClientSeats(Segment segment) noexcept : segment_(segment) {}

  enum class Taken { Yes, LimitReached, Uncounted };

  /// Counts one more seat of `client` in `slot`, unless it has `most` of them in all slots together.
  /// `Uncounted`: there are too many clients to count any more of them, and who comes must not suffer from
  /// that.
  [[nodiscard]] Taken take(Client client, const Slot& slot, std::uint64_t most) noexcept;

  /// Takes back what take() has counted.
  void giveBack(Client client, const Slot& slot) noexcept;

  /// Takes back all that is counted in `slot`, whose owner lets go of it or has died.
  void forget(const Slot& slot) noexcept;

  /// How many seats `client` has.
  [[nodiscard]] std::uint64_t count(Client client) const noexcept;

 private:
  [[nodiscard]] std::uint32_t numberOf(const Slot& slot) const noexcept;

  Segment segment_;
};

}  // namespace mercure::hub
