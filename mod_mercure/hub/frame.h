#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mercure::hub {

/// Bytes for many streams, made once: a text with the framing of an HTTP chunk around it (RFC 9112, section
/// 7.1). Immutable but for text(), which only one thread may call.
class Frame {
 public:
  enum class Kind { Event, Control };

  /// `text` is one whole event, or a comment line; not empty.
  Frame(std::string_view text, Kind kind);

  /// What goes on the wire, with the chunk's framing or without it. Lives as long as this object.
  [[nodiscard]] std::string_view bytes(bool chunked) const noexcept;

  /// Whether it is an update, and not a heartbeat or a `retry:` line.
  [[nodiscard]] bool isEvent() const noexcept { return kind_ == Kind::Event; }

  /// The unchunked bytes as a string of their own, made at the first call. May throw std::bad_alloc.
  [[nodiscard]] const std::shared_ptr<const std::string>& text() const;

 private:
  std::string chunk_;
  std::size_t headSize_;
  Kind kind_;
  mutable std::shared_ptr<const std::string> text_;
};

using SharedFrame = std::shared_ptr<const Frame>;

}  // namespace mercure::hub
