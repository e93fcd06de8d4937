#include "hub/keyed_hash.h"

#include <apr_siphash.h>

namespace mercure::hub {

std::size_t KeyedHash::operator()(std::string_view text) const {
  return apr_siphash24(text.data(), text.size(), key_.data());
}

}  // namespace mercure::hub
