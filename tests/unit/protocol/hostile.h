#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mercure::protocol::test {

/// A text in a heap buffer of exactly its size, so that the address sanitizer sees every read past its end.
class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    std::ranges::copy(text, bytes_.get());
  }
  // Implicit, so that it stands where a text is expected.
  operator std::string_view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

/// Random choices that are the same in every run.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  /// 0 to `count` - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  bool chance(std::size_t oneIn) { return below(oneIn) == 0; }
  char byte() { return static_cast<char>(below(256)); }

  template <class T>
  const T& pick(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

  /// Up to `most` of the pieces, one after another.
  std::string join(const std::vector<std::string>& pieces, std::size_t most) {
    std::string text;
    for (std::size_t left = below(most + 1); left > 0; --left) text += pick(pieces);
    return text;
  }

  std::string bytes(std::size_t most) {
    std::string text(below(most + 1), '\0');
    for (char& c : text) c = byte();
    return text;
  }

 private:
  std::mt19937_64 engine_;
};

/// `text` again and again.
inline std::string repeat(std::string_view text, std::size_t times) {
  std::string repeated;
  repeated.reserve(text.size() * times);
  while (times-- > 0) repeated += text;
  return repeated;
}

inline constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;

}  // namespace mercure::protocol::test
