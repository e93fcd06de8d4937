#include "endpoint/cookie.h"

#include "endpoint/ascii.h"

namespace mercure::endpoint {

namespace {

std::string_view withoutQuotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::optional<std::string_view> cookieIn(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    const auto pair = field.substr(0, field.find(';'));
    field.remove_prefix(pair.size() == field.size() ? pair.size() : pair.size() + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || trimBlanks(pair.substr(0, equals)) != name) continue;
    return withoutQuotes(trimBlanks(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

}  // namespace mercure::endpoint
