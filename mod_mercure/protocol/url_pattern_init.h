#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace mercure::protocol {

struct Url;

/// The parts of a URL that a pattern looks at, in the order that they stand in.
enum class UrlComponent : std::size_t {
  Protocol,
  Username,
  Password,
  Hostname,
  Port,
  Pathname,
  Search,
  Hash
};

inline constexpr std::size_t kUrlComponents = 8;

/// A pattern string for each component that has one (URL Pattern standard,
/// https://urlpattern.spec.whatwg.org/#dictdef-urlpatterninit).
class UrlPatternInit {
 public:
  [[nodiscard]] std::optional<std::string>& operator[](UrlComponent component) noexcept {
    return patterns_[static_cast<std::size_t>(component)];
  }
  [[nodiscard]] const std::optional<std::string>& operator[](UrlComponent component) const noexcept {
    return patterns_[static_cast<std::size_t>(component)];
  }

 private:
  std::array<std::optional<std::string>, kUrlComponents> patterns_;
};

/// "Process a URLPatternInit" (https://urlpattern.spec.whatwg.org/#process-a-urlpatterninit) of the type
/// "pattern": with a `base`, which may be null, a relative pathname is resolved against its path, and what
/// comes before the first component of `init` is taken from it, save the user. Any thread. May throw
/// std::bad_alloc.
[[nodiscard]] UrlPatternInit processUrlPatternInit(UrlPatternInit init, const Url* base);

}  // namespace mercure::protocol
