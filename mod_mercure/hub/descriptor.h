#pragma once

#include "history/descriptor.h"

namespace mercure::hub {

using history::Descriptor;

}  // namespace mercure::hub
