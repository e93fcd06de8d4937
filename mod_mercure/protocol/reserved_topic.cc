#include "protocol/reserved_topic.h"

#include <algorithm>
#include <string>

#include "protocol/ascii.h"
#include "protocol/percent_encoding.h"

// As much of the URL standard's "basic URL parser" as it takes to find a topic's path. Two deviations, both
// on the strict side: a URL that the standard rejects for its host, port or credentials is judged by its path
// all the same, and a `file:` URL's drive letter is a segment like others.

namespace mercure::protocol {

namespace {

constexpr std::string_view kSlashes = "/\\";

// The path of a URL, dot segments removed and percent-encoding decoded, but for `%2F`, which is no slash.
class Path {
 public:
  Path() = default;

  /// The path that a relative URL starts from: the hub's directory.
  static Path directoryOf(const Path& hub) {
    Path directory;
    directory.text_ = hub.text_.substr(0, hub.text_.rfind('/'));
    directory.isSpelled_ = false;
    return directory;
  }

  /// Walks on along `segments` (URL standard, "path state").
  void walk(std::string_view segments, bool backslashIsSlash) {
    for (bool isLast = false; !isLast;) {
      const std::size_t end =
          std::min(backslashIsSlash ? segments.find_first_of(kSlashes) : segments.find('/'), segments.size());
      isLast = end == segments.size();
      step(decode(segments.substr(0, end)), isLast);
      segments.remove_prefix(isLast ? end : end + 1);
    }
  }

  /// Whether the walk ended at the hub or below it, and spelled the hub's path: one that set out from the
  /// hub's directory does so only once it has climbed to the root.
  [[nodiscard]] bool reaches(const Path& hub) const {
    return isSpelled_ && text_.starts_with(hub.text_) &&
           (text_.size() == hub.text_.size() || text_[hub.text_.size()] == '/');
  }

 private:
  void step(std::string_view segment, bool isLast) {
    if (segment != "." && segment != "..") {
      text_.append("/").append(segment);
      return;
    }
    if (segment == "..") {
      if (!text_.empty()) text_.resize(text_.rfind('/'));
      if (text_.empty()) isSpelled_ = true;
    }
    if (isLast) text_ += '/';
  }

  static std::string decode(std::string_view segment) {
    std::string decoded;
    for (std::size_t at = 0; at < segment.size(); ++at) {
      const auto byte = decodeTriplet(segment.substr(at));
      const bool isTriplet = byte && *byte != '/';
      decoded += isTriplet ? *byte : segment[at];
      if (isTriplet) at += 2;
    }
    return decoded;
  }

  std::string text_;
  bool isSpelled_ = true;
};

// Without what the parser drops before it starts (URL standard, "basic URL parser", steps 1 to 3), and
// without query and fragment.
std::string trim(std::string_view topic) {
  const auto isBlank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!topic.empty() && isBlank(topic.front())) topic.remove_prefix(1);
  while (!topic.empty() && isBlank(topic.back())) topic.remove_suffix(1);

  std::string url(topic);
  std::erase_if(url, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  url.resize(std::min(url.find_first_of("?#"), url.size()));
  return url;
}

// Takes scheme and colon off the front of `url`; the scheme in lower case, or nothing when there is none.
std::string takeScheme(std::string_view& url) {
  const auto isSchemeByte = [](char c) { return isAsciiAlphanumeric(c) || c == '+' || c == '-' || c == '.'; };
  const std::string_view::iterator colon = std::ranges::find_if_not(url, isSchemeByte);
  if (colon == url.end() || *colon != ':' || !isAsciiAlpha(url.front())) return {};
  std::string scheme(url.begin(), colon);
  url.remove_prefix(scheme.size() + 1);
  std::ranges::transform(scheme, scheme.begin(), toAsciiLower);
  return scheme;
}

std::size_t leadingSlashes(std::string_view text) {
  return std::min(text.find_first_not_of(kSlashes), text.size());
}

// From the first of `delimiters` on: what follows a host.
std::string_view skipHost(std::string_view text, std::string_view delimiters) {
  return text.substr(std::min(text.find_first_of(delimiters), text.size()));
}

class Resolver {
 public:
  explicit Resolver(std::string_view hubPath) { hub_.walk(withoutSlash(hubPath), true); }

  [[nodiscard]] bool reaches(std::string_view topic) const {
    const std::string url = trim(topic);
    std::string_view rest = url;
    const std::string scheme = takeScheme(rest);

    if (scheme.empty()) return reachesByReference(rest);
    // Without slashes such a URL is relative when the scheme is the hub's own, which may be either.
    if (scheme == "http" || scheme == "https") return reachesByReference(rest) || reachesByHost(rest);
    if (scheme == "ws" || scheme == "wss" || scheme == "ftp") return reachesByHost(rest);
    if (scheme == "file") {
      return reachesByPath(leadingSlashes(rest) < 2 ? rest : skipHost(rest.substr(2), kSlashes), true);
    }
    if (rest.starts_with("//")) return reachesByPath(skipHost(rest.substr(2), "/"), false);
    return rest.starts_with('/') && reachesByPath(rest, false);  // else the path is opaque
  }

 private:
  static std::string_view withoutSlash(std::string_view path) {
    if (leadingSlashes(path) > 0) path.remove_prefix(1);
    return path;
  }

  [[nodiscard]] bool reachesByPath(std::string_view path, bool backslashIsSlash) const {
    Path walked;
    walked.walk(withoutSlash(path), backslashIsSlash);
    return walked.reaches(hub_);
  }

  // Any number of slashes before the host, as "special authority ignore slashes state" has it.
  [[nodiscard]] bool reachesByHost(std::string_view rest) const {
    return reachesByPath(skipHost(rest.substr(leadingSlashes(rest)), kSlashes), true);
  }

  // "Relative state": two slashes are followed by a host, one by a path, none by a path below the hub's own
  // directory.
  [[nodiscard]] bool reachesByReference(std::string_view rest) const {
    if (leadingSlashes(rest) >= 2) return reachesByHost(rest);
    if (leadingSlashes(rest) == 1) return reachesByPath(rest, true);
    Path walked = Path::directoryOf(hub_);
    walked.walk(rest, true);
    return walked.reaches(hub_);
  }

  Path hub_;
};

}  // namespace

bool isReservedTopic(std::string_view topic, std::string_view hubPath) {
  return Resolver(hubPath).reaches(topic);
}

}  // namespace mercure::protocol
