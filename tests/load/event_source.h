#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "chunked_body.h"
#include "event_parser.h"
#include "ledger.h"

namespace load {

/// What every subscriber asks for, and of whom.
struct Request {
  sockaddr_in address{};
  std::string host = "localhost";
  std::string target = "/.well-known/mercure?topic=*";
  std::string token;                      ///< empty: none
  std::chrono::milliseconds retry{3000};  ///< until the hub says otherwise
};

/// What has happened to all subscribers together.
struct Tally {
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;     ///< streams that were open
  std::uint64_t failed = 0;     ///< connections that ended, or were refused, before the answer's head
  std::uint64_t forgotten = 0;  ///< answers to a Last-Event-ID that were `earliest`
  std::map<std::string, std::uint64_t> givenUp;  ///< by status, or by content type
  std::uint64_t delivered = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t foreign = 0;  ///< events that are none of the publishers'
};

/// One subscriber, in HTTP/1.1 and in clear: it connects again after each end as a browser's EventSource
/// does, and like that gives up for ever after any answer but a stream.
class EventSource {
 public:
  enum class State { Closed, Connecting, Asked, Open, GivenUp };

  /// Both must outlive it.
  EventSource(const Request& request, Tally& tally) : request_(&request), tally_(&tally) {}

  /// Only while it is closed: the descriptor of a connection that has begun, to be watched for both
  /// directions, or -1 when the system refuses one.
  [[nodiscard]] int connect();

  /// Does what its descriptor is ready for. Afterwards it may be closed or have given up; its descriptor is
  /// then too.
  void advance();

  void close();

  [[nodiscard]] State state() const { return state_; }
  /// How long it stays closed.
  [[nodiscard]] std::chrono::milliseconds pause() const { return parser_.retry().value_or(request_->retry); }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }

 private:
  void ask();
  void read();
  void takeHead(std::string_view bytes);
  void takeBody(std::string_view bytes);
  void takeUpdate(std::string_view data);
  void giveUp(const std::string& why);
  void end();

  const Request* request_;
  Tally* tally_;
  State state_ = State::Closed;
  int descriptor_ = -1;
  std::string head_;
  bool isChunked_ = false;
  ChunkedBody body_;
  EventParser parser_;
  Ledger ledger_;
};

}  // namespace load
