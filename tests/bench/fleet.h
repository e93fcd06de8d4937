#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "net.h"

namespace bench {

/// One event stream, as far as its client has read it.
struct Subscriber {
  enum class Phase { Connecting, Sending, Reading, Closed };

  int descriptor = -1;
  SSL* ssl = nullptr;
  Phase phase = Phase::Connecting;
  bool open = false;  // a response head with status 200 has come
  bool chunked = false;
  std::int64_t chunkLeft = -1;  // -1: in a chunk's size line; 0: in the line end after a chunk
  std::string head;             // the response head, then chunks' size lines
  std::string tail;             // decoded bytes that may be the beginning of a marker
};

/// What has happened to a fleet.
struct Tally {
  std::vector<std::uint32_t> latencies;  // microseconds, one for each delivery
  std::size_t opened = 0;
  std::size_t refused = 0;
  std::size_t dropped = 0;
};

/// Many subscribers of one URL, in one thread with one epoll.
class Fleet {
 public:
  Fleet(const Url& url, const std::string& token, std::size_t size);

  /// Opens subscribers until there are so many, some at a time. False when the deadline passed or one was
  /// refused.
  bool openUntil(std::size_t count, std::uint64_t deadline);

  /// Reads what has come, waiting for it that long at most.
  void turn(int milliseconds);

  Tally tally;

 private:
  void start(std::size_t index);
  void lose(Subscriber& subscriber);
  void advance(Subscriber& subscriber);
  bool connected(Subscriber& subscriber);
  bool requested(Subscriber& subscriber);
  void read(Subscriber& subscriber);
  void readHead(Subscriber& subscriber, const char* bytes, std::size_t count);
  void decode(Subscriber& subscriber, const char* bytes, std::size_t count);
  void scan(Subscriber& subscriber, const char* bytes, std::size_t count);

  Url url_;
  std::string request_;
  std::vector<Subscriber> all_;
  std::size_t started_ = 0;
  int poll_;
};

}  // namespace bench
