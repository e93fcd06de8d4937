#include "httpd/masking.h"

#include <strings.h>

#include "protocol/form.h"

namespace mercure::httpd {
namespace {

constexpr std::string_view kMask = "***";
// A parameter begins after one of these; also one where somebody has begun the query with the wrong one.
constexpr std::string_view kSeparators = "?&";
constexpr std::string_view kEnds = "?& #\"";

bool isAuthorization(std::string_view encodedName) {
  const auto fields = protocol::decodeForm(encodedName);
  return !fields.empty() && fields.front().name == "authorization";
}

}  // namespace

std::string maskAuthorization(std::string_view text) {
  std::string masked;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find_first_of(kSeparators), text.size());
    const std::size_t end = std::min(text.find_first_of(kEnds, begin + 1), text.size());
    const std::size_t equals = std::min(text.find('=', begin), end);
    const bool isToken = equals < end && isAuthorization(text.substr(begin + 1, equals - begin - 1));
    masked.append(text.substr(0, isToken ? equals + 1 : end)).append(isToken ? kMask : "");
    text.remove_prefix(end);
  }
  return masked;
}

bool hasAuthorization(std::string_view text) {
  // Most requests have no parameters at all, and every one is looked at before it is logged.
  return text.find_first_of(kSeparators) != std::string_view::npos && maskAuthorization(text) != text;
}

}  // namespace mercure::httpd
