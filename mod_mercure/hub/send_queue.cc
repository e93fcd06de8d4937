#include "hub/send_queue.h"

namespace mercure::hub {

namespace {

/// So many written frames may stand before the head until the vector is shifted.
constexpr std::uint32_t kMostSpent = 32;

}  // namespace

bool SendQueue::push(const SharedFrame& frame, std::size_t limit) {
  const std::size_t size = sizeOf(*frame);
  const bool first = frames_.empty();
  if (!first && (behind_ > limit || size > limit - behind_)) return false;
  frames_.push_back(frame);
  if (!first) behind_ += size;
  return true;
}

std::size_t SendQueue::gather(std::span<iovec> parts) const noexcept {
  std::size_t count = 0;
  std::size_t skip = written_;
  for (std::size_t i = head_; i < frames_.size() && count < parts.size(); ++i, ++count) {
    const std::string_view bytes = frames_[i]->bytes(chunked_).substr(skip);
    // sendmsg(2) and SSL_write only read, but struct iovec has no const.
    parts[count] = {const_cast<char*>(bytes.data()), bytes.size()};
    skip = 0;
  }
  return count;
}

SendQueue::Progress SendQueue::advance(std::size_t bytes) noexcept {
  Progress progress;
  while (bytes > 0 && !frames_.empty()) {
    const std::size_t left = sizeOf(*frames_[head_]) - written_;
    if (bytes < left) {
      written_ += bytes;
      break;
    }
    bytes -= left;
    if (frames_[head_]->isEvent()) ++progress.events;
    progress.newHead = true;
    popHead();
  }
  return progress;
}

void SendQueue::popHead() noexcept {
  written_ = 0;
  frames_[head_++].reset();
  if (head_ == frames_.size()) {
    std::vector<SharedFrame>().swap(frames_);
    head_ = 0;
    return;
  }
  behind_ -= sizeOf(*frames_[head_]);
  if (head_ < kMostSpent || head_ < frames_.size() / 2) return;
  frames_.erase(frames_.begin(), frames_.begin() + head_);
  head_ = 0;
}

}  // namespace mercure::hub
