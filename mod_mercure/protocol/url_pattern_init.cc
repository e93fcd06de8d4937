#include "protocol/url_pattern_init.h"

#include <string_view>
#include <utility>

#include "protocol/url.h"

namespace mercure::protocol {

namespace {

// "Escape a pattern string", so that it matches just itself.
std::string escapePattern(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("+*?:{}()\\").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// "Is an absolute pathname", of a pattern.
bool isAbsolutePathname(std::string_view pattern) {
  return pattern.starts_with('/') || pattern.starts_with("\\/") || pattern.starts_with("{/");
}

void resolvePathname(std::string& pathname, const Url& base) {
  if (base.hasOpaquePath || isAbsolutePathname(pathname)) return;
  const std::string basePath = escapePattern(base.path);
  pathname.insert(0, basePath, 0, basePath.rfind('/') + 1);
}

// What stands for a component of the base: all but the user, and up to the first that the pattern has itself.
void inherit(UrlPatternInit& init, const Url& base) {
  const std::pair<UrlComponent, std::string> inheritance[] = {
      {UrlComponent::Protocol, escapePattern(base.scheme)},
      {UrlComponent::Hostname, escapePattern(base.host.value_or(""))},
      {UrlComponent::Port, base.port ? std::to_string(*base.port) : ""},
      {UrlComponent::Pathname, escapePattern(base.path)},
      {UrlComponent::Search, escapePattern(base.query.value_or(""))},
      {UrlComponent::Hash, escapePattern(base.fragment.value_or(""))},
  };
  for (const auto& [component, pattern] : inheritance) {
    if (init[component]) return;
    init[component] = pattern;
  }
}

}  // namespace

UrlPatternInit processUrlPatternInit(UrlPatternInit init, const Url* base) {
  // The standard strips what `init` has itself alone, and what a base gives has nothing to strip but a query
  // or a fragment may: so these steps come first.
  if (auto& protocol = init[UrlComponent::Protocol]; protocol && protocol->ends_with(':'))
    protocol->pop_back();
  if (auto& search = init[UrlComponent::Search]; search && search->starts_with('?')) search->erase(0, 1);
  if (auto& hash = init[UrlComponent::Hash]; hash && hash->starts_with('#')) hash->erase(0, 1);
  if (base == nullptr) return init;
  if (auto& pathname = init[UrlComponent::Pathname]) resolvePathname(*pathname, *base);
  inherit(init, *base);
  return init;
}

}  // namespace mercure::protocol
