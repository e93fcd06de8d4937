#include "mercurectl/output.h"

#include <cerrno>
#include <system_error>

namespace mercure::mercurectl {

bool Output::put(std::string_view text) noexcept {
  if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) error_ = errno;
  return error_ == 0;
}

history::Verdict Output::end() {
  if (error_ == 0 && std::fflush(file_) != 0) error_ = errno;
  if (error_ == 0) return {history::Verdict::Kind::Good};
  return {history::Verdict::Kind::Unchecked,
          "the output cannot be written: " + std::generic_category().message(error_)};
}

}  // namespace mercure::mercurectl
