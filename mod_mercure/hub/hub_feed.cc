#include "hub/hub_feed.h"

#include <algorithm>
#include <utility>

namespace mercure::hub {

namespace {

/// Memory for the updates that are read, and kept for the next ones.
constexpr std::size_t kKeptForReading = 1U << 16U;

LogReader::Outcome readNext(LogReader& reader, Record& record, SubscriptionIndex& index, Counters& counters,
                            Delivery& delivery) {
  const std::uint64_t position = reader.position();
  const auto outcome = reader.next(record);
  if (outcome != LogReader::Outcome::Read) return outcome;
  delivery.position = position;
  delivery.subscribers.clear();
  delivery.frame = nullptr;
  const std::size_t comparisons = index.match(record.topics, record.flags.isPrivate, delivery.subscribers);
  counters.selectorsEvaluated.fetch_add(comparisons, std::memory_order_relaxed);
  if (!delivery.subscribers.empty())
    delivery.frame = std::make_shared<const Frame>(record.event, Frame::Kind::Event);
  return outcome;
}

std::uint64_t firstStart(std::span<Stream* const> streams, std::uint64_t position) noexcept {
  for (Stream* const stream : streams) position = std::min(position, stream->subscription().from);
  return position;
}

}  // namespace

void HubFeed::add(Stream& stream) {
  Subscription& subscription = stream.subscription();
  index_.add(stream, subscription.selectors, subscription.rights);
  // The index holds them now.
  std::vector<Selector>().swap(subscription.selectors);
  std::vector<Selector>().swap(subscription.rights);
}

void HubFeed::release(Stream& stream) {
  auto selectors = SubscriptionIndex::selectorsOf(stream);
  index_.remove(stream);
  Subscription& subscription = stream.subscription();
  subscription.selectors = std::move(selectors.wishes);
  subscription.rights = std::move(selectors.rights);
  subscription.from = std::max(subscription.from, position());
}

void HubFeed::start() {
  if (!isWatched()) reader_.emplace(hub_.segment(), hub_.position());
}

LogReader::Outcome HubFeed::next(Delivery& delivery) {
  return readNext(*reader_, record_, index_, hub_.counters(), delivery);
}

void HubFeed::endRound() noexcept {
  if (delivered_ > 0)
    hub_.counters().delivered.fetch_add(std::exchange(delivered_, 0), std::memory_order_relaxed);
  if (record_.event.capacity() <= kKeptForReading) return;
  record_ = Record();
  reader_.emplace(hub_.segment(), reader_->position());
}

CatchUp::CatchUp(HubFeed& feed, std::span<Stream* const> joining)
    : feed_(feed), joining_(joining), reader_(feed.hub().segment(), firstStart(joining, feed.position())) {
  if (reader_.position() == feed.position()) return;
  try {
    for (Stream* const stream : joining_) {
      const Subscription& subscription = stream->subscription();
      index_.add(*stream, subscription.selectors, subscription.rights);
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
  if (reader_.position() >= feed_.position()) return LogReader::Outcome::NothingNew;
  return readNext(reader_, record_, index_, feed_.hub().counters(), delivery);
}

void CatchUp::leaveAll() noexcept {
  for (Stream* const stream : joining_) index_.remove(*stream);
}

}  // namespace mercure::hub
