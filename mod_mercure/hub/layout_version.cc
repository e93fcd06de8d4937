#include "hub/segment.h"

namespace mercure::hub {

const std::uint32_t kLayoutVersion = 5;

}  // namespace mercure::hub
