#pragma once

#include <sys/mman.h>

#include <cstdlib>
#include <memory>

namespace mercure::history::test {

/// One `T`, value-initialised, that forked children share.
template <typename T>
class SharedObject {
 public:
  SharedObject() {
    void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    object_ = std::construct_at(static_cast<T*>(memory));
  }
  ~SharedObject() { munmap(object_, sizeof(T)); }
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;

  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }

 private:
  T* object_;
};

}  // namespace mercure::history::test
