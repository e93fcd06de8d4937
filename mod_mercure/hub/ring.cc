#include "hub/ring.h"

#include <cstring>

namespace mercure::hub {

void Ring::Cursor::put(std::string_view bytes) noexcept {
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    put(word);
    bytes.remove_prefix(sizeof word);
  }
  if (bytes.empty()) return;
  std::uint64_t last = 0;
  std::memcpy(&last, bytes.data(), bytes.size());
  put(last);
}

void Ring::Cursor::get(std::span<std::uint64_t> words) noexcept {
  for (std::uint64_t& word : words) word = get();
}

}  // namespace mercure::hub
