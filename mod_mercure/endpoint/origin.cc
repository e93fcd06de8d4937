#include "endpoint/origin.h"

#include <algorithm>
#include <optional>

#include "endpoint/ascii.h"
#include "endpoint/explanation.h"

namespace mercure::endpoint {

namespace {

constexpr std::string_view kSchemeEnd = "://";
constexpr std::string_view kAnyPort = "*";

/// The parts of `scheme://host:port` as written, none of them checked.
struct Parts {
  std::string_view scheme;
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<Parts> split(std::string_view text) {
  const auto schemeEnd = text.find(kSchemeEnd);
  if (schemeEnd == std::string_view::npos) return std::nullopt;
  const auto authority = text.substr(schemeEnd + kSchemeEnd.size());
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  Parts parts{text.substr(0, schemeEnd), authority.substr(0, colon), std::nullopt};
  if (colon != std::string_view::npos) parts.port = authority.substr(colon + 1);
  return parts;
}

// RFC 3986, section 3.1.
bool isScheme(std::string_view text) {
  return !text.empty() && isAsciiAlpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return isAsciiAlphanumeric(c) || c == '+' || c == '-' || c == '.';
  });
}

bool isWebScheme(std::string_view scheme) {
  return scheme == "http" || scheme == "https";
}

// What a URL parser leaves of a host: letters, digits and a few marks, or an IPv6 address in brackets. An
// application's own scheme may have none.
bool isHost(std::string_view text) {
  if (text.starts_with('[')) {
    return text.size() > 2 && text.find_first_not_of("0123456789abcdef:.", 1) == text.size() - 1 &&
           text.ends_with(']');
  }
  return !text.starts_with('.') && std::all_of(text.begin(), text.end(), [](char c) {
    return isAsciiAlphanumeric(c) || c == '-' || c == '.' || c == '_';
  });
}

bool isPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), isDigit);
}

bool isDefaultPort(const Parts& parts) {
  return (parts.scheme == "https" && parts.port == "443") || (parts.scheme == "http" && parts.port == "80");
}

std::string join(const Parts& parts) {
  std::string origin;
  origin.append(parts.scheme).append(kSchemeEnd).append(parts.host);
  if (parts.port && !isDefaultPort(parts)) origin.append(":").append(*parts.port);
  return origin;
}

// Lower case and without the scheme's own port; none when it is no `scheme://host:port`. So nothing with a
// user, a path or a blank in it ever reaches the comparison with a wildcard.
std::optional<std::string> canonical(std::string_view text) {
  const std::string lower = lowerCase(text);
  const auto parts = split(lower);
  if (!parts || !isScheme(parts->scheme) || !isHost(parts->host)) return std::nullopt;
  if (parts->host.empty() && isWebScheme(parts->scheme)) return std::nullopt;
  if (parts->port && !isPort(*parts->port)) return std::nullopt;
  return join(*parts);
}

// What is wrong with a directive's entry (lower case), or empty.
std::string_view faultOf(std::string_view entry) {
  const auto parts = split(entry);
  if (!parts) return "has no scheme";
  if (entry.find(',') != std::string_view::npos) return "has a comma, but origins are set apart by blanks";
  if (entry.find('@') != std::string_view::npos) return "names a user";
  const auto end = entry.find_first_of("/?#", parts->scheme.size() + kSchemeEnd.size());
  if (end != std::string_view::npos) {
    if (entry[end] == '/') return "has a path, and even a lone slash is one";
    return entry[end] == '?' ? "has a query" : "has a fragment";
  }
  if (std::count(entry.begin(), entry.end(), '*') > 1) return "has more than one *";
  if (std::any_of(entry.begin(), entry.end(), [](char c) { return c < ' ' || c > '~'; })) {
    return "is not plain ASCII (an international host is written in its xn-- form)";
  }
  if (!isScheme(parts->scheme)) return "has a scheme that is none";
  if (parts->port && parts->port != kAnyPort && !isPort(*parts->port)) return "has a port that is none";
  if (parts->host.empty() && isWebScheme(parts->scheme)) return "has no host";
  std::string host(parts->host);
  std::replace(host.begin(), host.end(), '*', 'x');
  return isHost(host) ? "" : "has a host that is none";
}

bool covers(std::string_view entry, std::string_view origin) {
  const auto star = entry.find('*');
  if (star == std::string_view::npos) return entry == origin;
  return origin.size() >= entry.size() - 1 && origin.starts_with(entry.substr(0, star)) &&
         origin.ends_with(entry.substr(star + 1));
}

}  // namespace

tl::expected<void, std::string> OriginList::add(std::string_view entry) {
  const std::string lower = lowerCase(entry);
  if (lower == "*" || lower == "null") {
    allowsAll_ = allowsAll_ || lower == "*";
    entries_.push_back(lower);
    return {};
  }
  if (const auto fault = faultOf(lower); !fault.empty()) {
    return tl::unexpected("the origin " + excerpt(entry) + " " + std::string(fault) +
                          ": expected *, null, or a scheme and a host, such as https://example.com, "
                          "https://*.example.com or http://localhost:*");
  }
  Parts parts = *split(lower);
  entries_.push_back(join(parts));
  // Any port is also the scheme's own, which origins do not spell out.
  if (parts.port == kAnyPort) {
    parts.port.reset();
    entries_.push_back(join(parts));
  }
  return {};
}

bool OriginList::allows(std::string_view origin) const {
  if (allowsAll_) return true;
  const auto wanted =
      equalsIgnoringCase(origin, "null") ? std::optional<std::string>("null") : canonical(origin);
  return wanted && std::any_of(entries_.begin(), entries_.end(),
                               [&](const std::string& entry) { return covers(entry, *wanted); });
}

std::string originOf(std::string_view url) {
  const auto schemeEnd = url.find(kSchemeEnd);
  if (schemeEnd == std::string_view::npos) return {};
  const auto end = url.find_first_of("/?#\\", schemeEnd + kSchemeEnd.size());
  return canonical(url.substr(0, end)).value_or("");
}

bool isSameOrigin(std::string_view left, std::string_view right) {
  const auto canonicalLeft = canonical(left);
  return canonicalLeft && canonicalLeft == canonical(right);
}

}  // namespace mercure::endpoint
