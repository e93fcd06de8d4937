#include "protocol/ipv6.h"

#include <algorithm>
#include <charconv>

#include "protocol/ascii.h"

namespace mercure::protocol {

namespace {

class Ipv6Parser {
 public:
  explicit Ipv6Parser(std::string_view text) noexcept : rest_(text) {}

  std::optional<Ipv6Address> parse() noexcept {
    if (rest_.starts_with(':')) {
      if (!rest_.starts_with("::")) return std::nullopt;
      rest_.remove_prefix(2);
      compressed_ = ++count_;
    }
    while (!rest_.empty()) {
      if (count_ == address_.size() || !readPiece()) return std::nullopt;
    }
    if (!compressed_) return count_ == address_.size() ? std::optional(address_) : std::nullopt;
    spread();
    return address_;
  }

 private:
  // Reads one piece and the colon behind it, or the second colon of "::", or the IPv4 address at the end.
  bool readPiece() noexcept {
    if (rest_.starts_with(':')) {
      if (compressed_) return false;
      rest_.remove_prefix(1);
      compressed_ = ++count_;
      return true;
    }

    const std::size_t length = countDigits();
    std::uint16_t piece = 0;
    std::from_chars(rest_.data(), rest_.data() + length, piece, 16);
    const std::string_view behind = rest_.substr(length);
    if (behind.starts_with('.')) return length > 0 && count_ <= 6 && readIpv4();
    if (behind.starts_with(':') ? behind.size() == 1 : !behind.empty()) return false;
    rest_ = behind.substr(behind.empty() ? 0 : 1);
    address_[count_++] = piece;
    return true;
  }

  std::size_t countDigits() const noexcept {
    std::size_t length = 0;
    while (length < 4 && length < rest_.size() && isAsciiHexDigit(rest_[length])) ++length;
    return length;
  }

  // Four decimal numbers, without zeros in front, that nothing may follow.
  bool readIpv4() noexcept {
    for (std::size_t seen = 0; seen < 4; ++seen) {
      if (seen > 0) {
        if (!rest_.starts_with('.')) return false;
        rest_.remove_prefix(1);
      }
      const auto number = readDecimal();
      if (!number) return false;
      std::uint16_t& piece = address_[count_ + seen / 2];
      piece = static_cast<std::uint16_t>(piece << 8 | *number);
    }
    count_ += 2;
    return rest_.empty();
  }

  std::optional<std::uint8_t> readDecimal() noexcept {
    std::uint8_t number = 0;
    const auto [read, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc{}) return std::nullopt;
    const auto length = static_cast<std::size_t>(read - rest_.data());
    if (length > 1 && rest_.starts_with('0')) return std::nullopt;
    rest_.remove_prefix(length);
    return number;
  }

  // Moves the pieces behind "::" to the end, so that it stands for as many zeros as are missing.
  void spread() noexcept {
    std::rotate(address_.begin() + *compressed_, address_.begin() + count_, address_.end());
  }

  std::string_view rest_;
  Ipv6Address address_{};
  std::size_t count_ = 0;                  // of pieces read, one of zeros for "::"
  std::optional<std::size_t> compressed_;  // the piece behind "::"
};

struct Run {
  std::size_t begin = 0;
  std::size_t size = 0;
};

Run findLongestZeros(const Ipv6Address& address) noexcept {
  Run longest;
  Run run;
  for (std::size_t i = 0; i < address.size(); ++i) {
    run = address[i] != 0 ? Run{i + 1, 0} : Run{run.begin, run.size + 1};
    if (run.size > longest.size) longest = run;
  }
  return longest;
}

std::string toHex(std::uint16_t piece) {
  std::array<char, 4> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), piece, 16);
  return {digits.data(), written.ptr};
}

}  // namespace

std::optional<Ipv6Address> parseIpv6(std::string_view text) noexcept {
  return Ipv6Parser(text).parse();
}

std::string serializeIpv6(const Ipv6Address& address) {
  const Run zeros = findLongestZeros(address);
  std::string text;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (zeros.size > 1 && i == zeros.begin) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += toHex(address[i]);
  }
  return text;
}

}  // namespace mercure::protocol
