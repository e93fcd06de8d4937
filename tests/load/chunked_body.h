#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace load {

/// The body of one response in chunks (RFC 9112, section 7.1).
class ChunkedBody {
 public:
  /// Takes in bytes from the wire and calls `sink` with those of the content.
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& sink);

  /// Whether the last chunk has come.
  [[nodiscard]] bool isComplete() const { return isComplete_; }

 private:
  std::string_view takeSize(std::string_view bytes);

  std::uint64_t left_ = 0;      // of the chunk
  bool isBehindChunk_ = false;  // the line end after it is to come
  bool isComplete_ = false;
  std::string size_;
};

}  // namespace load
