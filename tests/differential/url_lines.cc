// Reads pairs of texts, a JSON array [input, base] a line, the base null where there is none. For each pair
// prints a line: "failure", or the URL's href, protocol, username, password, hostname, port, pathname, search
// and hash, as the URL class of browsers and Node gives them, in a JSON array.
#include <jansson.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/url.h"

namespace {

using mercure::protocol::parseUrl;
using mercure::protocol::Url;

struct Release {
  void operator()(json_t* json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, Release>;

std::optional<Url> parse(std::string_view input, const Url* base = nullptr) {
  auto url = parseUrl(input, base);
  return url ? std::optional(std::move(*url)) : std::nullopt;
}

std::optional<Url> parsePair(const json_t& pair) {
  const json_t* const input = json_array_get(&pair, 0);
  const std::string_view text(json_string_value(input), json_string_length(input));
  const json_t* const base = json_array_get(&pair, 1);
  if (!json_is_string(base)) return parse(text);
  const auto baseUrl = parse({json_string_value(base), json_string_length(base)});
  return baseUrl ? parse(text, &*baseUrl) : std::nullopt;
}

// A part with the character in front that the URL class shows, but for an empty one.
std::string withMark(char mark, const std::optional<std::string>& part) {
  return part && !part->empty() ? mark + *part : "";
}

Json toJson(const Url& url) {
  Json parts(json_array());
  for (const std::string& part : {url.href(), url.scheme + ':', url.username, url.password,
                                  url.host.value_or(""), url.port ? std::to_string(*url.port) : "", url.path,
                                  withMark('?', url.query), withMark('#', url.fragment)}) {
    json_array_append_new(parts.get(), json_stringn(part.data(), part.size()));
  }
  return parts;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json pair(json_loadb(line.data(), line.size(), JSON_ALLOW_NUL, nullptr));
    if (!pair || !json_is_string(json_array_get(pair.get(), 0))) {
      std::cerr << "no pair of texts: " << line << '\n';
      return 1;
    }
    const auto url = parsePair(*pair);
    if (url) {
      json_dumpf(toJson(*url).get(), stdout, JSON_COMPACT);
    } else {
      std::fputs("failure", stdout);
    }
    std::fputc('\n', stdout);
  }
}
