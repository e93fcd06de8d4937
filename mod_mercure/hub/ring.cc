#include "hub/ring.h"

#include <algorithm>
#include <cstring>

namespace mercure::hub {

namespace {

/// The first bytes as a word, with zeros where there are fewer than a word has.
std::uint64_t firstWord(std::string_view bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), std::min(bytes.size(), sizeof word));
  return word;
}

}  // namespace

void Ring::Cursor::put(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    put(firstWord(bytes));
    bytes.remove_prefix(std::min(bytes.size(), sizeof(std::uint64_t)));
  }
}

bool Ring::Cursor::isAt(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    if (get() != firstWord(bytes)) return false;
    bytes.remove_prefix(std::min(bytes.size(), sizeof(std::uint64_t)));
  }
  return true;
}

void Ring::Cursor::get(std::span<std::uint64_t> words) noexcept {
  for (std::uint64_t& word : words) word = get();
}

}  // namespace mercure::hub
