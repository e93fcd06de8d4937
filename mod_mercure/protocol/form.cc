#include "protocol/form.h"

#include <algorithm>
#include <utility>

#include "protocol/percent_encoding.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

std::string decodeBytes(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (const auto decoded = decodeTriplet(text.substr(at))) {
      bytes += *decoded;
      at += 2;
    } else {
      bytes += text[at] == '+' ? ' ' : text[at];
    }
  }
  return bytes;
}

FormField decodeField(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  FormField field{decodeBytes(text.substr(0, equals)),
                  decodeBytes(text.substr(std::min(equals + 1, text.size())))};
  field.wasUtf8 = isValidUtf8(field.name) && isValidUtf8(field.value);
  if (!field.wasUtf8) {
    field.name = replaceBrokenUtf8(std::move(field.name));
    field.value = replaceBrokenUtf8(std::move(field.value));
  }
  return field;
}

}  // namespace

std::vector<FormField> decodeForm(std::string_view text) {
  std::vector<FormField> fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    if (end > 0) fields.push_back(decodeField(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fields;
}

}  // namespace mercure::protocol
