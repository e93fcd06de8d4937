#include "httpd/masking.h"

#include <strings.h>

#include "protocol/form.h"

namespace mercure::httpd {
namespace {

constexpr std::string_view kMask = "***";

bool isAuthorization(std::string_view encodedName) {
  const auto fields = protocol::decodeForm(encodedName);
  return !fields.empty() && fields.front().name == "authorization";
}

}  // namespace

std::string maskAuthorization(std::string_view text) {
  const std::size_t mark = text.find('?');
  if (mark == std::string_view::npos) return std::string(text);
  const std::size_t end = std::min(text.size(), text.find_first_of(" #", mark));
  std::string masked(text.substr(0, mark + 1));
  for (std::size_t begin = mark + 1; begin < end;) {
    const std::size_t pairEnd = std::min(end, text.find('&', begin));
    const std::string_view pair = text.substr(begin, pairEnd - begin);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && isAuthorization(pair.substr(0, equals)))
      masked.append(pair.substr(0, equals + 1)).append(kMask);
    else
      masked.append(pair);
    if (pairEnd < end) masked.push_back('&');
    begin = pairEnd + 1;
  }
  return masked.append(text.substr(end));
}

bool hasAuthorization(std::string_view text) {
  return maskAuthorization(text) != text;
}

}  // namespace mercure::httpd
