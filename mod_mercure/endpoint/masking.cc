#include "endpoint/masking.h"

#include <strings.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "protocol/form.h"

namespace mercure::endpoint {
namespace {

using Names = std::initializer_list<const char*>;

constexpr std::string_view kMask = "***";
// A parameter begins after one of these; also one where somebody has begun the query with the wrong one.
constexpr std::string_view kSeparators = "?&;";
constexpr std::string_view kEnds = "?&; #\"";

bool isAnyOf(Names names, std::string_view encodedName) {
  const auto fields = protocol::decodeForm(encodedName);
  return !fields.empty() && std::any_of(names.begin(), names.end(), [&](const char* name) {
    return strcasecmp(fields.front().name.c_str(), name) == 0;
  });
}

std::optional<std::string> mask(Names names, std::string_view text) {
  // Most texts have no parameters at all, and those of every request are looked at before it is logged.
  if (text.find_first_of(kSeparators) == std::string_view::npos) return std::nullopt;
  std::string masked;
  bool hasToken = false;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_of(kSeparators), text.size());
    const std::size_t end = std::min(text.find_first_of(kEnds, begin + 1), text.size());
    const std::size_t equals = std::min(text.substr(0, end).find('=', begin), end);
    const bool isToken = equals < end && isAnyOf(names, text.substr(begin + 1, equals - begin - 1));
    hasToken = hasToken || isToken;
    masked.append(text.substr(0, isToken ? equals + 1 : end)).append(isToken ? kMask : "");
    text.remove_prefix(end);
  }
  return hasToken ? std::optional(std::move(masked)) : std::nullopt;
}

}  // namespace

std::optional<std::string> maskAuthorization(std::string_view text) {
  return mask({"authorization"}, text);
}

std::optional<std::string> maskTokens(std::string_view text) {
  return mask({"authorization", "access_token"}, text);
}

}  // namespace mercure::endpoint
