#pragma once

#include <cstdio>
#include <string_view>

#include "history/verify.h"

namespace mercure::mercurectl {

/// What a command prints, and whether all of it was taken.
class Output {
 public:
  /// `file` must outlive this object.
  explicit Output(std::FILE* file) noexcept : file_(file) {}

  /// False once a write has failed: the rest would be of no use.
  [[nodiscard]] bool put(std::string_view text) noexcept;

  /// Hands over what is still kept back: Good, or with the first error Unchecked.
  [[nodiscard]] history::Verdict end();

 private:
  std::FILE* file_;
  int error_ = 0;
};

}  // namespace mercure::mercurectl
