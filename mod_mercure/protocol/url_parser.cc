#include <algorithm>

#include "protocol/ascii.h"
#include "protocol/url.h"
#include "protocol/url_encode_sets.h"
#include "protocol/url_host.h"
#include "protocol/url_path.h"
#include "protocol/url_steps.h"

namespace mercure::protocol {

namespace {

using Result = tl::expected<void, UrlFault>;

std::string_view trimControlsAndSpaces(std::string_view text) noexcept {
  const auto isTrimmed = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && isTrimmed(text.front())) text.remove_prefix(1);
  while (!text.empty() && isTrimmed(text.back())) text.remove_suffix(1);
  return text;
}

// The length of the scheme that `text` begins with, its colon not counted; zero: it begins with none.
std::size_t findSchemeEnd(std::string_view text) noexcept {
  if (text.empty() || !isAsciiAlpha(text[0])) return 0;
  const auto* const end = std::ranges::find_if_not(
      text, [](char c) { return isAsciiAlphanumeric(c) || c == '+' || c == '-' || c == '.'; });
  return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

// Where the host ends in a text that may hold a port behind it: at the first colon that isn't in brackets, or
// at the text's end (the host state, https://url.spec.whatwg.org/#host-state).
std::size_t findHostEnd(std::string_view text) noexcept {
  bool isInBrackets = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ':' && !isInBrackets) return at;
    if (text[at] == '[') isInBrackets = true;
    if (text[at] == ']') isInBrackets = false;
  }
  return text.size();
}

// The basic URL parser's states (https://url.spec.whatwg.org/#url-parsing), a function each, which takes from
// the front of what is left of the input all that its state reads, and goes on with the next state.
class UrlParser {
 public:
  UrlParser(std::string_view input, const Url* base) noexcept : rest_(input), base_(base) {}

  tl::expected<Url, UrlFault> parse() {
    const Result result = schemeStart();
    if (!result) return tl::unexpected(result.error());
    return std::move(url_);
  }

 private:
  Result schemeStart() {
    const std::size_t end = findSchemeEnd(rest_);
    if (end == 0) return noScheme();
    setScheme(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);

    if (rules_.isFile) return file();
    if (rules_.isSpecial && base_ != nullptr && base_->scheme == url_.scheme)
      return specialRelativeOrAuthority();
    if (rules_.isSpecial) return specialAuthority();
    if (skip('/')) return pathOrAuthority();
    return opaquePath();
  }

  Result noScheme() {
    if (base_ == nullptr) return tl::unexpected(UrlFault::Scheme);
    if (base_->hasOpaquePath) {
      if (!rest_.starts_with('#')) return tl::unexpected(UrlFault::Scheme);
      setScheme(base_->scheme);
      inheritPath();
      return queryAndFragment();
    }
    return base_->scheme == "file" ? file() : relative();
  }

  Result specialRelativeOrAuthority() { return rest_.starts_with("//") ? specialAuthority() : relative(); }

  Result pathOrAuthority() {
    if (skip('/')) return authority();
    return path();
  }

  Result relative() {
    setScheme(base_->scheme);
    if (skipSlash()) return relativeSlash();
    inheritAuthority();
    inheritPath();
    if (!atPath()) return queryAndFragment();
    url_.query.reset();
    shortenPath(url_.path, rules_);
    return path();
  }

  Result relativeSlash() {
    if (rules_.isSpecial && skipSlash()) return specialAuthority();
    if (skip('/')) return authority();
    inheritAuthority();
    return path();
  }

  // The special authority slashes state and the special authority ignore slashes state.
  Result specialAuthority() {
    while (skipSlash()) continue;
    return authority();
  }

  Result authority() {
    std::string_view text = take(findAuthorityEnd());
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
      setCredentials(text.substr(0, at));
      text.remove_prefix(at + 1);
      if (text.empty()) return tl::unexpected(UrlFault::Host);
    }
    return host(text);
  }

  // The host state, of `text`, in which a port may follow.
  Result host(std::string_view text) {
    const std::size_t end = findHostEnd(text);
    const bool hasColon = end < text.size();
    if (end == 0 && (rules_.isSpecial || hasColon)) return tl::unexpected(UrlFault::Host);
    url_.host = parseHost(text.substr(0, end), hostKind());
    if (!url_.host) return tl::unexpected(UrlFault::Host);
    if (hasColon && !setPort(text.substr(end + 1))) return tl::unexpected(UrlFault::Port);
    return pathStart();
  }

  Result file() {
    setScheme("file");
    url_.host = "";
    if (skipSlash()) return fileSlash();
    if (!hasFileBase()) return path();

    url_.host = base_->host;
    inheritPath();
    if (!atPath()) return queryAndFragment();
    url_.query.reset();
    if (startsWithDriveLetter(rest_)) {
      url_.path.clear();
    } else {
      shortenPath(url_.path, rules_);
    }
    return path();
  }

  Result fileSlash() {
    if (skipSlash()) return fileHost();
    if (hasFileBase()) {
      url_.host = base_->host;
      if (!startsWithDriveLetter(rest_)) url_.path = findDriveSegment(base_->path);
    }
    return path();
  }

  Result fileHost() {
    const std::string_view text = rest_.substr(0, findAuthorityEnd());
    if (isDriveLetter(text)) return path();  // "file://C:/": no host, but the first segment
    rest_.remove_prefix(text.size());
    if (text.empty()) return pathStart();
    url_.host = parseHost(text, hostKind());
    if (!url_.host) return tl::unexpected(UrlFault::Host);
    if (url_.host == "localhost") url_.host = "";
    return pathStart();
  }

  Result pathStart() {
    appendPath(url_.path, take(rest_.find_first_of("?#")), rules_);
    return queryAndFragment();
  }

  // The path state, behind the slash in front of the first segment.
  Result path() {
    appendSegments(url_.path, take(rest_.find_first_of("?#")), rules_);
    return queryAndFragment();
  }

  Result opaquePath() {
    url_.hasOpaquePath = true;
    url_.path = readOpaquePath(rest_);
    take(rest_.find_first_of("?#"));
    return queryAndFragment();
  }

  // The query state and the fragment state.
  Result queryAndFragment() {
    if (skip('?'))
      url_.query = encode(take(rest_.find('#')), rules_.isSpecial ? kSpecialQuerySet : kQuerySet);
    if (skip('#')) url_.fragment = encode(rest_, kFragmentSet);
    return {};
  }

  void setScheme(std::string_view scheme) {
    url_.scheme = scheme;
    std::ranges::transform(url_.scheme, url_.scheme.begin(), toAsciiLower);
    rules_ = {url_.isSpecial(), url_.scheme == "file"};
  }

  void setCredentials(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    url_.username = encode(text.substr(0, colon), kUserinfoSet);
    if (colon < text.size()) url_.password = encode(text.substr(colon + 1), kUserinfoSet);
  }

  bool setPort(std::string_view digits) {
    if (digits.empty()) return true;
    const auto port = parsePortNumber(digits);
    if (port && port != defaultPort(url_.scheme)) url_.port = port;
    return port.has_value();
  }

  void inheritAuthority() {
    url_.username = base_->username;
    url_.password = base_->password;
    url_.host = base_->host;
    url_.port = base_->port;
  }

  void inheritPath() {
    url_.path = base_->path;
    url_.hasOpaquePath = base_->hasOpaquePath;
    url_.query = base_->query;
  }

  bool hasFileBase() const noexcept { return base_ != nullptr && base_->scheme == "file"; }
  HostKind hostKind() const noexcept { return rules_.isSpecial ? HostKind::Domain : HostKind::Opaque; }

  std::size_t findAuthorityEnd() const noexcept {
    return std::min(rest_.find_first_of(rules_.isSpecial ? "/\\?#" : "/?#"), rest_.size());
  }

  bool atPath() const noexcept { return !rest_.empty() && rest_[0] != '?' && rest_[0] != '#'; }

  bool skip(char c) noexcept {
    const bool isThere = rest_.starts_with(c);
    if (isThere) rest_.remove_prefix(1);
    return isThere;
  }

  bool skipSlash() noexcept { return skip('/') || (rules_.isSpecial && skip('\\')); }

  std::string_view take(std::size_t size) noexcept {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  const Url* base_;
  Url url_;
  PathRules rules_;
};

}  // namespace

tl::expected<Url, UrlFault> parseUrl(std::string_view input, const Url* base) {
  const std::string text = readUrlInput(trimControlsAndSpaces(input));
  return UrlParser(text, base).parse();
}

}  // namespace mercure::protocol
