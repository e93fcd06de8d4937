#include "hub/hub_feed.h"

#include <algorithm>
#include <utility>

namespace mercure::hub {

namespace {

/// Memory for the updates that are read, and kept for the next ones.
constexpr std::size_t kKeptForReading = 1U << 16U;

/// Whom of `index` an update is for.
void address(const Record& record, SubscriptionIndex& index, Counters& counters, Delivery& delivery) {
  delivery.sequence = record.sequence;
  delivery.subscribers.clear();
  delivery.frame = nullptr;
  const std::size_t comparisons = index.match(record.topics, record.flags.isPrivate, delivery.subscribers);
  counters.selectorsEvaluated.fetch_add(comparisons, std::memory_order_relaxed);
  if (!delivery.subscribers.empty())
    delivery.frame = std::make_shared<const Frame>(record.event, Frame::Kind::Event);
}

std::uint64_t firstStart(std::span<Stream* const> streams, std::uint64_t position) noexcept {
  for (Stream* const stream : streams) position = std::min(position, stream->subscription().start.position);
  return position;
}

}  // namespace

void HubFeed::add(Stream& stream) {
  Subscription& subscription = stream.subscription();
  index_.add(stream, subscription.matchers, subscription.rights);
  // The index holds them now.
  std::vector<Matcher>().swap(subscription.matchers);
  std::vector<Matcher>().swap(subscription.rights);
}

void HubFeed::release(Stream& stream) {
  auto matchers = SubscriptionIndex::matchersOf(stream);
  index_.remove(stream);
  Subscription& subscription = stream.subscription();
  subscription.matchers = std::move(matchers.wishes);
  subscription.rights = std::move(matchers.rights);
  if (subscription.start.sequence < place().sequence) subscription.start = place();
}

void HubFeed::start() {
  if (!isWatched()) reader_.emplace(hub_.segment(), hub_.history(), Log(hub_.segment()).end());
}

LogReader::Outcome HubFeed::next(Delivery& delivery) {
  const bool wasInLog = isInLog();
  const auto outcome = reader_->next(record_);
  if (outcome == LogReader::Outcome::Overrun || (wasInLog && !isInLog()))
    hub_.counters().overruns.fetch_add(1, std::memory_order_relaxed);
  if (outcome == LogReader::Outcome::Read) address(record_, index_, hub_.counters(), delivery);
  return outcome;
}

void HubFeed::endRound() noexcept {
  if (delivered_ > 0)
    hub_.counters().delivered.fetch_add(std::exchange(delivered_, 0), std::memory_order_relaxed);
  if (record_.event.capacity() <= kKeptForReading) return;
  record_ = Record();
  reader_->trim();
}

CatchUp::CatchUp(HubFeed& feed, std::span<Stream* const> joining)
    : feed_(feed),
      joining_(joining),
      reader_(feed.hub().segment(), firstStart(joining, feed.place().position)) {
  if (reader_.position() == feed.place().position) return;
  try {
    for (Stream* const stream : joining_) {
      const Subscription& subscription = stream->subscription();
      index_.add(*stream, subscription.matchers, subscription.rights);
    }
  } catch (...) {
    leaveAll();
    throw;
  }
}

CatchUp::~CatchUp() {
  leaveAll();
}

LogReader::Outcome CatchUp::next(Delivery& delivery) {
  do {
    const auto outcome = reader_.nextBefore(feed_.place().position, record_);
    if (outcome != LogReader::Outcome::Read) return outcome;
  } while (record_.isVoid);
  place_ = {record_.sequence, reader_.position()};
  address(record_, index_, feed_.hub().counters(), delivery);
  return LogReader::Outcome::Read;
}

void CatchUp::leaveAll() noexcept {
  for (Stream* const stream : joining_) index_.remove(*stream);
}

}  // namespace mercure::hub
