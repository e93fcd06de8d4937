#include "protocol/url_pattern.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "protocol/url_components.h"
#include "protocol/url_pattern_constructor.h"
#include "protocol/url_pattern_init.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

// "Hostname pattern is an IPv6 address".
bool isIpv6Pattern(std::string_view pattern) {
  return pattern.size() > 1 &&
         (pattern.starts_with('[') || pattern.starts_with("{[") || pattern.starts_with("\\["));
}

// Of whatever scheme: a port that is its own has become none before.
std::optional<std::string> canonicalizePortOfAny(std::string_view port) {
  return canonicalizePort(port, "");
}

// The components that a pattern does not speak of match anything, and a special scheme's own port is none.
void addDefaults(UrlPatternInit& init) {
  for (std::size_t i = 0; i < kUrlComponents; ++i) {
    auto& pattern = init[static_cast<UrlComponent>(i)];
    if (!pattern) pattern = "*";
  }
  const auto port = defaultPort(*init[UrlComponent::Protocol]);
  if (port && *init[UrlComponent::Port] == std::to_string(*port)) init[UrlComponent::Port] = "";
}

// Compiles one component after another, so that all keep within the memory of one pattern.
class Compiler {
 public:
  explicit Compiler(const UrlPatternInit& init) : init_(init) { components_.reserve(kUrlComponents); }

  // "Create" a URL pattern (https://urlpattern.spec.whatwg.org/#url-pattern-create), from where each
  // component has a pattern string.
  tl::expected<std::vector<UrlPatternComponent>, UrlPatternError> run() {
    add(UrlComponent::Protocol, {}, canonicalizeProtocol);
    add(UrlComponent::Username, {}, canonicalizeUsername);
    add(UrlComponent::Password, {}, canonicalizePassword);
    add(UrlComponent::Hostname, {".", ""},
        isIpv6Pattern(*init_[UrlComponent::Hostname]) ? canonicalizeIpv6Hostname : canonicalizeHostname);
    add(UrlComponent::Port, {}, canonicalizePortOfAny);
    if (!error_ && components_.front().matchesSpecialScheme()) {
      add(UrlComponent::Pathname, {"/", "/"}, canonicalizePathname);
    } else {
      add(UrlComponent::Pathname, {}, canonicalizeOpaquePathname);
    }
    add(UrlComponent::Search, {}, canonicalizeSearch);
    add(UrlComponent::Hash, {}, canonicalizeHash);
    if (error_) return tl::make_unexpected(*std::move(error_));
    return std::move(components_);
  }

 private:
  void add(UrlComponent component, const UrlPatternOptions& options, const EncodingCallback& encode) {
    if (error_) return;
    auto compiled = UrlPatternComponent::compile(*init_[component], options, encode, memoryLeft_);
    if (!compiled) {
      error_ = std::move(compiled.error());
      return;
    }
    memoryLeft_ -= std::min(memoryLeft_, compiled->memory());
    components_.push_back(*std::move(compiled));
  }

  const UrlPatternInit& init_;
  std::size_t memoryLeft_ = LinearExpression::kMaxMemory;
  std::vector<UrlPatternComponent> components_;
  std::optional<UrlPatternError> error_;
};

// A URL record's component, "" where it has none.
std::array<std::string_view, kUrlComponents> componentsOf(const Url& url, std::string_view port) {
  const auto orEmpty = [](const std::optional<std::string>& text) {
    return text ? std::string_view(*text) : std::string_view();
  };
  return {url.scheme, url.username, url.password,       orEmpty(url.host),
          port,       url.path,     orEmpty(url.query), orEmpty(url.fragment)};
}

}  // namespace

UrlPattern::UrlPattern(std::vector<UrlPatternComponent> components, std::optional<Url> base)
    : components_(std::move(components)), base_(std::move(base)) {
}

tl::expected<UrlPattern, UrlPatternError> UrlPattern::compile(std::string_view text,
                                                              std::string_view baseUrl) {
  auto init = parseConstructorString(replaceBrokenUtf8(std::string(text)));
  if (!init) return tl::make_unexpected(std::move(init.error()));

  const bool isRelative = !(*init)[UrlComponent::Protocol];
  auto parsedBase = parseUrl(baseUrl);
  std::optional<Url> base;
  if (parsedBase) base = *std::move(parsedBase);
  if (isRelative && !base) return invalidUrlPattern("the URL pattern is relative, and there is no base URL");

  UrlPatternInit processed = processUrlPatternInit(*std::move(init), isRelative ? &*base : nullptr);
  addDefaults(processed);
  return Compiler(processed).run().map([&](std::vector<UrlPatternComponent>&& components) {
    return UrlPattern(std::move(components), std::move(base));
  });
}

bool UrlPattern::matches(std::string_view topic) const {
  TopicReading reading(topic);
  return matches(reading);
}

// "Match" (https://urlpattern.spec.whatwg.org/#url-pattern-match).
bool UrlPattern::matches(TopicReading& topic) const {
  const Url* const url = topic.url(base_ ? &*base_ : nullptr);
  if (url == nullptr) return false;
  const std::string port = url->port ? std::to_string(*url->port) : "";
  const auto texts = componentsOf(*url, port);
  return std::ranges::equal(
      components_, texts,
      [](const UrlPatternComponent& component, std::string_view text) { return component.matches(text); });
}

std::string_view UrlPattern::pathPrefix() const noexcept {
  return components_[static_cast<std::size_t>(UrlComponent::Pathname)].literalPrefix();
}

std::size_t UrlPattern::memory() const noexcept {
  std::size_t memory = sizeof(UrlPattern) + components_.capacity() * sizeof(UrlPatternComponent);
  for (const UrlPatternComponent& component : components_) memory += component.memory();
  if (base_) {
    for (const std::string_view text : componentsOf(*base_, {})) memory += text.size() + 1;
  }
  return memory;
}

}  // namespace mercure::protocol
