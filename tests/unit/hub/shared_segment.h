#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

#include "hub/segment.h"

namespace mercure::hub::test {

/// Zeroed memory that forked children share.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t size) : size_(size) {
    start_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (start_ == MAP_FAILED) std::abort();
  }
  ~SharedMemory() { munmap(start_, size_); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  [[nodiscard]] std::span<std::byte> bytes() const { return {static_cast<std::byte*>(start_), size_}; }

 private:
  void* start_;
  std::size_t size_;
};

/// One `T`, value-initialised, that forked children share.
template <typename T>
class SharedObject {
 public:
  SharedObject()
      : memory_(sizeof(T)), object_(std::construct_at(reinterpret_cast<T*>(memory_.bytes().data()))) {}
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }

 private:
  SharedMemory memory_;
  T* object_;
};

/// A hub's segment, freshly made, that forked children share.
class SharedSegment {
 public:
  explicit SharedSegment(std::size_t logSize, std::size_t slots = 4, HistoryMode mode = HistoryMode::None,
                         std::span<const DocumentName> documents = {})
      : memory_(Segment::requiredSize(logSize, slots, documents.size())),
        segment_(make(memory_.bytes(), logSize, slots, mode, documents)) {}

  [[nodiscard]] Segment segment() const { return segment_; }
  [[nodiscard]] std::span<std::byte> bytes() const { return memory_.bytes(); }

 private:
  static Segment make(std::span<std::byte> memory, std::size_t logSize, std::size_t slots, HistoryMode mode,
                      std::span<const DocumentName> documents) {
    if (!Segment::create(memory, logSize, slots, mode, documents)) std::abort();
    return Segment(memory);
  }
  SharedMemory memory_;
  Segment segment_;
};

}  // namespace mercure::hub::test
