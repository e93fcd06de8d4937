#include "hub/send_queue.h"

#include <utility>

namespace mercure::hub {

namespace {

/// So many spent places may stand before the next frame until the vector is shifted.
constexpr std::uint32_t kMostSpent = 32;

}  // namespace

bool SendQueue::push(const SharedFrame& frame, std::size_t limit) {
  if (empty()) {
    head_ = frame;
    return true;
  }
  const std::size_t size = sizeOf(*frame);
  if (behind_ > limit || size > limit - behind_) return false;
  rest_.push_back(frame);
  behind_ += size;
  return true;
}

std::size_t SendQueue::gather(std::span<iovec> parts) const noexcept {
  std::size_t count = 0;
  const auto add = [&](const SharedFrame& frame, std::size_t skip) {
    const std::string_view bytes = frame->bytes(chunked_).substr(skip);
    // sendmsg(2) and SSL_write only read, but struct iovec has no const.
    parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  };
  if (!empty() && !parts.empty()) add(head_, written_);
  for (std::size_t i = next_; i < rest_.size() && count < parts.size(); ++i) add(rest_[i], 0);
  return count;
}

SendQueue::Progress SendQueue::advance(std::size_t bytes) noexcept {
  Progress progress;
  while (bytes > 0 && !empty()) {
    const std::size_t left = sizeOf(*head_) - written_;
    if (bytes < left) {
      written_ += bytes;
      break;
    }
    bytes -= left;
    if (head_->isEvent()) ++progress.events;
    progress.newHead = true;
    popHead();
  }
  return progress;
}

void SendQueue::popHead() noexcept {
  written_ = 0;
  if (next_ == rest_.size()) {
    head_.reset();
    std::vector<SharedFrame>().swap(rest_);
    next_ = 0;
    return;
  }
  head_ = std::move(rest_[next_++]);
  behind_ -= sizeOf(*head_);
  if (next_ < kMostSpent || next_ < rest_.size() / 2) return;
  rest_.erase(rest_.begin(), rest_.begin() + next_);
  next_ = 0;
}

}  // namespace mercure::hub
