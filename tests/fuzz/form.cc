// A form that is written again, from what was read, reads the same.
#include "protocol/form.h"

#include <algorithm>
#include <string>

#include "protocol/utf8.h"
#include "target.h"

namespace mercure::fuzz {

namespace {

using protocol::FormField;

void write(std::string_view text, std::string& form) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    form.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
  }
}

std::string write(const std::vector<FormField>& fields) {
  std::string form;
  for (const FormField& field : fields) {
    write(field.name, form);
    form += '=';
    write(field.value, form);
    form += '&';
  }
  return form;
}

bool isSame(const FormField& one, const FormField& other) {
  return one.name == other.name && one.value == other.value;
}

}  // namespace

void tryInput(std::string_view input) {
  const auto fields = protocol::decodeForm(input);
  const auto limit = static_cast<std::size_t>(std::ranges::count(input, '&')) + 1;
  require(fields.size() <= limit, "there are no more fields than pieces");
  for (const FormField& field : fields) {
    require(protocol::isValidUtf8(field.name) && protocol::isValidUtf8(field.value), "texts are UTF-8");
  }
  const auto again = protocol::decodeForm(write(fields));
  require(std::ranges::equal(fields, again, isSame), "what is written again reads the same");
  require(std::ranges::all_of(again, &FormField::wasUtf8), "what is written again is UTF-8");
}

}  // namespace mercure::fuzz
