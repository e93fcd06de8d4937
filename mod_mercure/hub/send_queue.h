#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hub/frame.h"

namespace mercure::hub {

/// What waits to be written to one socket, in order. Takes no memory beyond itself while at most one frame
/// waits, which is nearly always.
class SendQueue {
 public:
  /// `chunked`: frames go out with the chunk framing around them.
  explicit SendQueue(bool chunked) noexcept : chunked_(chunked) {}

  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }

  /// False, with nothing changed, when more than `limit` bytes would then wait behind the frame that is being
  /// written: an empty queue takes any one frame (ANY-46). May throw std::bad_alloc.
  [[nodiscard]] bool push(const SharedFrame& frame, std::size_t limit);

  /// Points `parts` at the first bytes to write, as far as they go; how many it filled. Good until the next
  /// change.
  [[nodiscard]] std::size_t gather(std::span<iovec> parts) const noexcept;

  struct Progress {
    std::size_t events = 0;  ///< updates that are now written whole
    bool newHead = false;    ///< another frame has come first, or none is left
  };
  /// Takes off `bytes`, at most what gather() gave.
  Progress advance(std::size_t bytes) noexcept;

 private:
  [[nodiscard]] std::size_t sizeOf(const Frame& frame) const noexcept { return frame.bytes(chunked_).size(); }
  void popHead() noexcept;

  SharedFrame head_;               // the one that is being written
  std::vector<SharedFrame> rest_;  // those behind it, from next_ on
  std::size_t behind_ = 0;         // bytes in them
  std::size_t written_ = 0;        // bytes of the head
  std::uint32_t next_ = 0;         // places of rest_ that are spent
  bool chunked_;
};

}  // namespace mercure::hub
