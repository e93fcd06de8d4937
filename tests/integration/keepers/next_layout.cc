// The module with another layout version: linked before the room's own definition, this one is taken.

#include <cstdint>

namespace mercure::hub {

extern const std::uint32_t kLayoutVersion;
const std::uint32_t kLayoutVersion = 5;

}  // namespace mercure::hub
