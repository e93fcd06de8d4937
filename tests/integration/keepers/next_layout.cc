// The module with the last layout version that others look for: linked before the room's own definition, this
// one is taken.

#include <cstdint>

namespace mercure::hub {

extern const std::uint32_t kLayoutVersion;
const std::uint32_t kLayoutVersion = 64;

}  // namespace mercure::hub
