#include "hub/replay.h"

#include <new>
#include <utility>

namespace mercure::hub {

namespace {

/// What a stream has in its queue beside what its socket has taken.
constexpr std::size_t kBatchBytes = 1U << 16U;

/// The longest that one replay keeps the others waiting.
constexpr int kUpdatesAtOnce = 512;

}  // namespace

Replay::Replay(Hub& hub, std::shared_ptr<Inbox> dispatcher, const Place& start,
               std::span<const Matcher> wishes, std::span<const Matcher> rights)
    : dispatcher_(std::move(dispatcher)), hub_(hub), updates_(hub.segment(), hub.history(), start) {
  index_.add(reader_, wishes, rights);
}

Replay::~Replay() {
  index_.remove(reader_);
}

bool Replay::readSome() noexcept {
  if (isCancelled_) return true;
  try {
    for (int i = 0; i < kUpdatesAtOnce; ++i)
      if (!readUpdate()) return true;
    batch_.end = updates_.place();
    return batchBytes_ >= kBatchBytes;
  } catch (const std::bad_alloc&) {
    batch_.then = Then::Failed;
    return true;
  }
}

/// False when the batch ends with it.
bool Replay::readUpdate() {
  const auto outcome = updates_.next(record_);
  if (outcome == UpdateReader::Outcome::Overrun) {
    batch_.then = Then::Lost;
    return false;
  }
  if (outcome == UpdateReader::Outcome::Read) {
    found_.clear();
    const std::size_t comparisons = index_.match(record_.topics, record_.flags.isPrivate, found_);
    hub_.counters().selectorsEvaluated.fetch_add(comparisons, std::memory_order_relaxed);
    if (!found_.empty()) {
      batch_.frames.push_back(std::make_shared<const Frame>(record_.event, Frame::Kind::Event));
      batchBytes_ += record_.event.size();
    }
  }
  batch_.end = updates_.place();
  return batchBytes_ < kBatchBytes && Log(hub_.segment()).bytesAfter(batch_.end) > kAlmostThere;
}

void Replay::deliver(std::shared_ptr<Replay> replay) noexcept {
  replay->batchBytes_ = 0;
  const std::shared_ptr<Inbox> dispatcher = replay->dispatcher_;
  dispatcher->put(std::move(replay));
}

}  // namespace mercure::hub
