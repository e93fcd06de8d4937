#include "protocol/ipv4.h"

#include <array>
#include <charconv>
#include <limits>

#include "protocol/ascii.h"

namespace mercure::protocol {

namespace {

constexpr std::size_t kMostParts = 4;

std::string_view withoutLastDot(std::string_view text) noexcept {
  if (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

// The digits of a number, and what they stand for.
struct Digits {
  std::string_view text;
  int radix;
};

Digits readPrefix(std::string_view part) noexcept {
  if (part.starts_with("0x") || part.starts_with("0X")) return {part.substr(2), 16};
  if (part.size() >= 2 && part.starts_with('0')) return {part.substr(1), 8};
  return {part, 10};
}

// The IPv4 number parser (https://url.spec.whatwg.org/#ipv4-number-parser). A number that is too large for
// any address is the largest there is, which no part may have.
std::optional<std::uint64_t> parseNumber(std::string_view part) noexcept {
  if (part.empty()) return std::nullopt;
  const Digits digits = readPrefix(part);
  if (digits.text.empty()) return 0;

  std::uint64_t number = 0;
  const char* const end = digits.text.data() + digits.text.size();
  const auto [read, error] = std::from_chars(digits.text.data(), end, number, digits.radix);
  if (read != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

bool endsInNumber(std::string_view domain) noexcept {
  domain = withoutLastDot(domain);
  const std::string_view last = domain.substr(domain.rfind('.') + 1);
  if (last.empty()) return false;
  // A number with a zero in front ("09") need not be octal for this, only for the parser.
  if (last.find_first_not_of("0123456789") == std::string_view::npos) return true;
  return parseNumber(last).has_value();
}

std::optional<std::uint32_t> parseIpv4(std::string_view text) noexcept {
  text = withoutLastDot(text);
  std::array<std::uint64_t, kMostParts> numbers{};
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    if (count == kMostParts) return std::nullopt;
    const std::size_t dot = text.find('.');
    const auto number = parseNumber(text.substr(0, dot));
    if (!number) return std::nullopt;
    numbers[count] = *number;
    more = dot != std::string_view::npos;
    if (more) text.remove_prefix(dot + 1);
  }

  // The last number fills all the bytes that the others leave.
  const std::uint64_t last = numbers[count - 1];
  if (last >> (8 * (kMostParts + 1 - count)) != 0) return std::nullopt;
  std::uint64_t address = last;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (numbers[i] > 0xFF) return std::nullopt;
    address |= numbers[i] << (8 * (kMostParts - 1 - i));
  }
  return static_cast<std::uint32_t>(address);
}

std::string serializeIpv4(std::uint32_t address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string(address >> shift & 0xFF);
    if (shift > 0) text += '.';
  }
  return text;
}

}  // namespace mercure::protocol
