#pragma once

#include <openssl/ssl.h>

#include <string>

#include "net.h"

namespace bench {

/// Publishes updates one after the other, on one connection as long as the server keeps it.
class Publisher {
 public:
  /// With a topic, updates are Mercure's forms; without, bodies of the data alone.
  Publisher(const Url& url, const std::string& token, const std::string& topic);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  ~Publisher();

  /// One request, and its response's status; 0 when the connection broke.
  int publish();

 private:
  void open();
  void drop();
  bool send(const std::string& text);
  int response();

  Url url_;
  std::string before_;  // of a request, all that precedes the marker
  std::string after_;
  int descriptor_ = -1;
  SSL* ssl_ = nullptr;
};

}  // namespace bench
