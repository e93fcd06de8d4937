#include "auth/excerpt.h"

#include <algorithm>

namespace mercure::auth {

std::string excerptOf(std::string_view text, std::size_t size) {
  std::string excerpt(text.substr(0, size));
  std::replace_if(
      excerpt.begin(), excerpt.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
  return text.size() > size ? excerpt + "..." : excerpt;
}

std::string quoted(std::string_view name) {
  constexpr std::size_t kMaxSize = 120;
  return '"' + excerptOf(name, kMaxSize) + '"';
}

}  // namespace mercure::auth
