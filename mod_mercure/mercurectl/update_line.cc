#include "mercurectl/update_line.h"

#include <jansson.h>

#include "auth/json.h"
#include "history/update_flags.h"
#include "mercurectl/timestamp.h"
#include "protocol/utf8.h"

namespace mercure::mercurectl {

namespace {

// Functions of jansson that take a value give its ownership away, null or not, and fail with a null one.

json_t* stringOf(const std::string& text) {
  json_t* const string = json_stringn(text.data(), text.size());
  if (string != nullptr) return string;
  const std::string repaired = protocol::replaceBrokenUtf8(text);
  return json_stringn(repaired.data(), repaired.size());
}

std::string generationOf(const history::UpdateFlags& flags) {
  switch (flags.generation) {
    case 0:
      return "0.x";
    case 1:
      return "1.0";
    default:
      return std::to_string(flags.generation);
  }
}

json_t* arrayOf(const std::vector<std::string>& texts) {
  auth::Json array(json_array());
  for (const std::string& text : texts) {
    if (json_array_append_new(array.get(), stringOf(text)) != 0) return nullptr;
  }
  return array.release();
}

}  // namespace

std::string lineOf(const history::Record& record) {
  const auto flags = history::UpdateFlags::decoded(record.flags);
  const auth::Json object(json_object());
  const auto put = [&object](const char* name, json_t* value) {
    return json_object_set_new(object.get(), name, value) == 0;
  };
  const bool isWhole =
      put("sequence", json_integer(static_cast<json_int_t>(record.sequence))) &&
      put("published", stringOf(timestampOf(record.publishedAt))) && put("id", stringOf(record.id)) &&
      put("topics", arrayOf(record.topics)) && put("private", json_boolean(flags.isPrivate)) &&
      put("madeByHub", json_boolean(flags.madeByHub)) && put("generation", stringOf(generationOf(flags))) &&
      put("event", stringOf(record.event));
  const std::string text = isWhole ? auth::compactTextOf(*object) : std::string();
  return text.empty() ? text : text + "\n";
}

}  // namespace mercure::mercurectl
