// Reads URL patterns with a topic each, a JSON array [pattern, base, topic] a line. For each prints a line:
// "match", "no match", or "refused" where the pattern does not compile.
#include <jansson.h>

#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/url_pattern.h"

namespace {

struct Release {
  void operator()(json_t* json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, Release>;

std::string_view textAt(const json_t& array, std::size_t index) {
  const json_t* const text = json_array_get(&array, index);
  return {json_string_value(text), json_string_length(text)};
}

const char* judge(const json_t& triple) {
  const auto pattern = mercure::protocol::UrlPattern::compile(textAt(triple, 0), textAt(triple, 1));
  if (!pattern) return "refused";
  return pattern->matches(textAt(triple, 2)) ? "match" : "no match";
}

bool isTriple(const json_t* json) {
  return json_array_size(json) == 3 && json_is_string(json_array_get(json, 0)) &&
         json_is_string(json_array_get(json, 1)) && json_is_string(json_array_get(json, 2));
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json triple(json_loadb(line.data(), line.size(), JSON_ALLOW_NUL, nullptr));
    if (!isTriple(triple.get())) {
      std::cerr << "no pattern, base and topic: " << line << '\n';
      return 1;
    }
    std::cout << judge(*triple) << '\n';
  }
}
