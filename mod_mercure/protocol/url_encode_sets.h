#pragma once

#include <array>
#include <string>
#include <string_view>

namespace mercure::protocol {

/// A percent-encode set (https://url.spec.whatwg.org/#percent-encode-set): the bytes that are written as
/// triplets. Each set has the C0 controls and all bytes from 0x7F on.
class PercentEncodeSet {
 public:
  /// The C0 control percent-encode set.
  constexpr PercentEncodeSet() noexcept {
    for (std::size_t byte = 0; byte < holds_.size(); ++byte) holds_[byte] = byte < 0x20 || byte > 0x7E;
  }

  [[nodiscard]] constexpr PercentEncodeSet with(std::string_view more) const noexcept {
    PercentEncodeSet set = *this;
    for (const char c : more) set.holds_[static_cast<unsigned char>(c)] = true;
    return set;
  }

  [[nodiscard]] constexpr bool holds(char byte) const noexcept {
    return holds_[static_cast<unsigned char>(byte)];
  }

 private:
  std::array<bool, 256> holds_{};
};

inline constexpr PercentEncodeSet kC0ControlSet;
inline constexpr PercentEncodeSet kFragmentSet = kC0ControlSet.with(" \"<>`");
inline constexpr PercentEncodeSet kQuerySet = kC0ControlSet.with(" \"#<>");
inline constexpr PercentEncodeSet kSpecialQuerySet = kQuerySet.with("'");
inline constexpr PercentEncodeSet kPathSet = kQuerySet.with("?^`{}");
inline constexpr PercentEncodeSet kUserinfoSet = kPathSet.with("/:;=@[\\]|");

/// "UTF-8 percent-encode" of a text that is UTF-8: appends it to `output`, the set's bytes as triplets. A "%"
/// stays as it is.
void appendEncoded(std::string& output, std::string_view text, const PercentEncodeSet& set);

[[nodiscard]] std::string encode(std::string_view text, const PercentEncodeSet& set);

}  // namespace mercure::protocol
