#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "hub/client_seats.h"
#include "hub/subscription.h"

struct ssl_st;

namespace mercure::hub {

class ProcessSlots;
class Stream;
class ThreadedStream;

/// A connection that httpd has let go of, and what to send on it. Owned by whoever holds this object: an
/// undelivered one closes its descriptor and frees its SSL object.
struct HandedOverConnection {
  int descriptor = -1;    ///< a non-blocking TCP socket, the stream's own
  ssl_st* tls = nullptr;  ///< its reference is the stream's own; null in clear
  bool chunked = true;    ///< frame as HTTP/1.1 chunks

  HandedOverConnection() = default;
  HandedOverConnection(int descriptorGiven, ssl_st* tlsGiven, bool isChunked) noexcept
      : descriptor(descriptorGiven), tls(tlsGiven), chunked(isChunked) {}
  HandedOverConnection(HandedOverConnection&& other) noexcept;
  HandedOverConnection& operator=(HandedOverConnection&& other) noexcept;
  HandedOverConnection(const HandedOverConnection&) = delete;
  HandedOverConnection& operator=(const HandedOverConnection&) = delete;
  ~HandedOverConnection();
};

/// A place among a hub's streams, taken before the head is sent and given back when the stream ends. Movable;
/// counts in the process's slot as long as it lives.
class Seat {
 public:
  Seat() = default;
  Seat(Seat&& other) noexcept;
  Seat& operator=(Seat&& other) noexcept;
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat();

  /// Also counts the stream as a TLS one, or as a threaded one, until the seat goes.
  void countTls() noexcept;
  void countThreaded() noexcept;
  [[nodiscard]] Hub* hub() const noexcept { return hub_; }

  /// Counts in another slot from now on. The old one keeps its count, for its owner clears it.
  void move(std::shared_ptr<ProcessSlots> slots, Slot* slot) noexcept;

 private:
  friend class Dispatchers;
  /// Also counts the seat as one of `client`'s; false when that one has `most` of them already.
  [[nodiscard]] bool countFor(Client client, std::uint64_t most) noexcept;
  Seat(Hub& hub, std::shared_ptr<ProcessSlots> slots, Slot& slot) noexcept;
  void uncountThreaded() noexcept;

  Hub* hub_ = nullptr;
  std::shared_ptr<ProcessSlots> slots_;  // may outlive the dispatchers, as the seat may
  Slot* slot_ = nullptr;
  Client client_ = 0;
  bool tls_ = false;
  bool threaded_ = false;
};

/// How many streams a hub may hold, over all processes; 0 is no limit.
struct SeatLimits {
  std::int64_t streams = 0;
  std::uint64_t ofClient = 0;
};

enum class OpenFault { TooManyStreams, TooManyOfClient, TooManyThreadedStreams, Stopping, NoThread, NoSlot };

/// Called when a stream has ended, on its dispatcher's thread, or on the one that could not give it to a
/// dispatcher; must not throw or block.
using EndObserver = std::function<void(const StreamEnd&)>;

struct DispatcherOptions {
  SlotKind kind = SlotKind::Child;  ///< what the process is
  std::size_t maxDispatchers = 2;
  std::size_t streamsBeforeAnother = 512;  ///< a further thread starts when each has this many
  EndObserver streamEnded;
};

/// One process's dispatchers: the threads that carry its streams. Nothing runs until the first stream comes.
/// Any thread may call, unless a function says otherwise.
class Dispatchers {
 public:
  /// `hubs` and `pipe` must outlive this object. Start it after the fork.
  Dispatchers(std::span<Hub* const> hubs, const BroadcastPipe& pipe, DispatcherOptions options);
  ~Dispatchers();
  Dispatchers(const Dispatchers&) = delete;
  Dispatchers& operator=(const Dispatchers&) = delete;

  /// Takes a seat in `hub` for `client`, starting the first dispatcher if none runs; refused when a limit is
  /// reached. A client's seats are counted only while they are limited.
  [[nodiscard]] tl::expected<Seat, OpenFault> takeSeat(Hub& hub, const SeatLimits& limits, Client client = 0);

  /// Makes `seat` a threaded one; refused when all hubs' processes together hold `maxThreaded` of them.
  [[nodiscard]] tl::expected<void, OpenFault> makeThreaded(Seat& seat, std::int64_t maxThreaded);

  /// Gives a connection to the dispatcher with the fewest streams. What was published since
  /// `subscription.from` goes out first. Never fails: where no dispatcher runs any more the connection is
  /// closed.
  void add(Seat seat, HandedOverConnection connection, Subscription subscription,
           std::shared_ptr<const StreamLimits> limits, std::optional<MonotonicTime> endsAt);

  /// A stream that another thread writes: a dispatcher fills its queue.
  [[nodiscard]] std::shared_ptr<ThreadedStream> addThreaded(Seat seat, Subscription subscription,
                                                            std::shared_ptr<const StreamLimits> limits,
                                                            std::optional<MonotonicTime> endsAt);

  /// Ends every threaded stream of this process, so that their threads come back. Async-signal-safe.
  void endThreadedStreams() noexcept;

  /// Asks every dispatcher to send each stream a `retry:` of its own, cut it and end. Async-signal-safe, and
  /// so the only call allowed in a signal handler besides awaitEnd().
  void requestEnd() noexcept;

  /// Waits until every dispatcher has ended; false after `limit`. Async-signal-safe.
  [[nodiscard]] bool awaitEnd(std::chrono::milliseconds limit) noexcept;

  /// requestEnd(), then joins the threads. Not in a signal handler.
  void stop();

  // Streams may outlive their process: it sets them aside and forks, the new process adopts them, and then
  // the old one lets go. None of these in a signal handler.

  /// Stops every dispatcher and gives the streams that have a socket, open as they stand; threaded ones end.
  /// The process's slots stay claimed. Nothing can be added any more. Once.
  [[nodiscard]] std::vector<std::unique_ptr<Stream>> setAside();

  /// Lets go of the slots and joins the threads. After setAside(), in the process that called it.
  void letGo();

  /// Carries on a stream that other dispatchers, of this process or the one that it was forked from, have set
  /// aside. It ends when no dispatcher can be started.
  void adopt(std::unique_ptr<Stream> stream);

  /// How many streams there are.
  [[nodiscard]] std::size_t load() const;

  /// Ends every stream at a random moment `within` this time, this process being a keeper too many, which it
  /// says in its slots.
  void closeWithin(std::chrono::milliseconds within);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mercure::hub
