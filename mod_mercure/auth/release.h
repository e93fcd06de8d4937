#pragma once

namespace mercure::auth {

/// A deleter for std::unique_ptr that calls a C library's own function.
template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const noexcept {
    release(object);  // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): it is the RAII
  }
};

}  // namespace mercure::auth
