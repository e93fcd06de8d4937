#include "endpoint/metadata.h"

#include <span>
#include <string_view>

#include "auth/authorization_details.h"
#include "auth/json.h"

namespace mercure::endpoint {

namespace {

json_t* text(std::string_view value) {
  return json_stringn(value.data(), value.size());
}

template <class Values>
json_t* list(const Values& values) {
  json_t* const array = json_array();
  for (const std::string_view value : values) json_array_append_new(array, text(value));
  return array;
}

std::string documentOf(const Request& request, const Settings& settings) {
  using Names = std::initializer_list<std::string_view>;
  const auth::Json document(json_object());
  const auto put = [&](const char* name, json_t* value) { json_object_set_new(document.get(), name, value); };
  put("resource", text(settings.identity.resourceFor(request)));
  if (!settings.authorizationServers.empty())
    put("authorization_servers", list(settings.authorizationServers));
  put("bearer_methods_supported", list(Names{"header"}));
  put("authorization_details_types_supported", list(Names{auth::kMercureDetailType}));
  put("mercure_cookie", text(settings.newCookie));
  put("mercure_matcher_types_supported", list(Names{"exact", "urlpattern"}));
  return auth::compactTextOf(*document);
}

}  // namespace

Answer describeHub(const Request& request, const Settings& settings) {
  Answer answer;
  answer.response.fields = {{"Content-Type", "application/json"}, {"Cache-Control", "private, no-cache"}};
  answer.response.body = documentOf(request, settings);
  return answer;
}

}  // namespace mercure::endpoint
