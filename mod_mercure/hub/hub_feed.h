#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hub/access.h"
#include "hub/frame.h"
#include "hub/hub.h"
#include "hub/log.h"
#include "hub/stream.h"
#include "hub/subscription_index.h"
#include "hub/update_reader.h"

namespace mercure::hub {

/// An update and the streams that it may be for, each once.
struct Delivery {
  std::uint64_t sequence = 0;  ///< the update's; streams that start behind it don't get it
  SharedFrame frame;
  std::vector<Subscriber*> subscribers;  ///< each is a Stream
};

/// One hub as one dispatcher sees it: where it stands in the log, and which of its streams want what. One
/// thread only.
class HubFeed {
 public:
  explicit HubFeed(Hub& hub) noexcept : hub_(hub) {}

  [[nodiscard]] Hub& hub() const noexcept { return hub_; }

  /// Whether any stream is subscribed.
  [[nodiscard]] bool isWatched() const noexcept { return index_.size() > 0; }

  /// Subscribes `stream` to everything after place(). May throw std::bad_alloc.
  void add(Stream& stream);
  void remove(Stream& stream) noexcept { index_.remove(stream); }

  /// The dispatcher's streams of this hub, whether they are subscribed yet or not.
  [[nodiscard]] std::size_t& carried() noexcept { return carried_; }

  /// Unsubscribes `stream`, which may be added elsewhere afterwards and goes on where it stands. May throw
  /// std::bad_alloc, and has then changed nothing.
  void release(Stream& stream);

  /// Whether `stream` may go on, as the configuration in force has it.
  [[nodiscard]] bool allows(Stream& stream) const noexcept {
    return access_.allows(stream.subscription().key, stream.subscription().issuer);
  }
  /// Takes note of a new configuration; whether there is one. May throw std::bad_alloc.
  [[nodiscard]] bool refreshAccess() {
    return access_.refresh(hub_.segment().header(), hub_.segment().documents());
  }

  /// To be called before streams join: a feed that nothing watches forgets its place and goes to the log's
  /// end.
  void start();

  /// The next update, in `delivery`, whose storage is used again. The feed must have been started. May throw
  /// std::bad_alloc; the update is lost then.
  [[nodiscard]] LogReader::Outcome next(Delivery& delivery);

  /// Where next() goes on; the feed must have been started.
  [[nodiscard]] Place place() const noexcept { return reader_->place(); }

  /// Whether it reads from the log, as ever, and not from the history since the log has overrun it. The feed
  /// must have been started.
  [[nodiscard]] bool isInLog() const noexcept { return reader_->isInLog(); }

  /// Streams that are on their way in.
  [[nodiscard]] std::vector<Stream*>& joining() noexcept { return joining_; }
  [[nodiscard]] const std::vector<Stream*>& joining() const noexcept { return joining_; }

  /// Events that reached a socket, for the hub's counter.
  void countDelivered(std::uint64_t events) noexcept { delivered_ += events; }
  /// Publishes the counts, and gives back the memory that a large update has taken.
  void endRound() noexcept;

 private:
  Hub& hub_;
  SubscriptionIndex index_;
  Access access_;
  std::optional<UpdateReader> reader_;
  Record record_;
  std::size_t carried_ = 0;
  std::vector<Stream*> joining_;
  std::uint64_t delivered_ = 0;
};

/// What was released before a feed's place, read once more for the streams that join there: from the first
/// one's start up to that place, where the feed takes over. The feed is in the log. The streams' queues fill
/// meanwhile, so flush them now and then. One thread only.
class CatchUp {
 public:
  /// All of them must outlive this object. May throw std::bad_alloc.
  CatchUp(HubFeed& feed, std::span<Stream* const> joining);
  CatchUp(const CatchUp&) = delete;
  CatchUp& operator=(const CatchUp&) = delete;
  ~CatchUp();

  /// As HubFeed::next(); NothingNew when the feed's place is reached. `Overrun`: the log has been rewritten
  /// past place().
  [[nodiscard]] LogReader::Outcome next(Delivery& delivery);

  /// The place after what next() gave last.
  [[nodiscard]] const Place& place() const noexcept { return place_; }

 private:
  void leaveAll() noexcept;

  HubFeed& feed_;
  std::span<Stream* const> joining_;
  SubscriptionIndex index_;
  LogReader reader_;
  Place place_;
  Record record_;
};

}  // namespace mercure::hub
