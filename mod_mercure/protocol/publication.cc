#include "protocol/publication.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/identifier.h"
#include "protocol/reserved_topic.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

using Fault = PublicationFault;

tl::unexpected<PublicationError> refuse(Fault fault, std::string explanation) {
  return tl::make_unexpected(PublicationError{fault, std::move(explanation)});
}

// A publisher's text fit for a line of explanation: short, and without control characters.
std::string quote(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string quoted = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decodeUtf8Step(text.substr(at));
    if (at + step.size > kLongest) return quoted + "\u2026\"";
    if (step.valid && !isControl(step.codePoint)) {
      quoted += text.substr(at, step.size);
    } else {
      quoted += "\uFFFD";
    }
    at += step.size;
  }
  return quoted + "\"";
}

const FormField* findField(std::span<const FormField> fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &FormField::name);
  return found == fields.end() ? nullptr : &*found;
}

std::string valueOf(std::span<const FormField> fields, std::string_view name) {
  const FormField* field = findField(fields, name);
  return field == nullptr ? std::string() : field->value;
}

std::optional<std::uint64_t> parseRetry(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::uint64_t milliseconds = 0;
  const auto [read, error] = std::from_chars(text.data(), end, milliseconds);
  if (error != std::errc{} || read != end) return std::nullopt;
  return milliseconds;
}

bool holdsControl(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decodeUtf8Step(text.substr(at));
    if (isControl(step.codePoint)) return true;
    at += step.size;
  }
  return false;
}

// ANY-20: `#` would make the id a fragment of the hub's own, and `earliest` is the cursor that asks for all.
bool isAllowedId(std::string_view id) {
  return !id.starts_with('#') && id != "earliest" && !holdsControl(id);
}

// What would end the event's line early; other control characters are the publisher's business in 0.x.
bool isAllowedType(std::string_view type) {
  return type.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

tl::expected<Publication, PublicationError> readPublication(std::span<const FormField> fields,
                                                            const PublicationRules& rules) {
  const auto isTopic = [](const FormField& field) { return field.name == "topic"; };
  const auto topicCount = static_cast<std::size_t>(std::ranges::count_if(fields, isTopic));
  if (topicCount == 0) {
    return refuse(Fault::MissingTopic, "missing \"topic\" parameter: an update needs at least one topic");
  }
  if (topicCount > rules.maxTopics) {
    return refuse(Fault::TooManyTopics, "too many \"topic\" parameters: " + std::to_string(topicCount) +
                                            " given, at most " + std::to_string(rules.maxTopics) +
                                            " allowed");
  }

  Publication update;
  if (const std::string retry = valueOf(fields, "retry"); !retry.empty()) {
    update.retry = parseRetry(retry);
    if (!update.retry) {
      return refuse(Fault::InvalidRetry, "invalid \"retry\" parameter " + quote(retry) +
                                             ": expected milliseconds in decimal digits, at most "
                                             "18446744073709551615");
    }
  }

  update.topics.reserve(topicCount);
  for (const FormField& field : fields) {
    if (!isTopic(field)) continue;
    if (isReservedTopic(field.value, rules.hubPath)) {
      return refuse(Fault::ReservedTopic, "topic " + quote(field.value) + " lies in the reserved namespace " +
                                              quote(rules.hubPath) + ": only the hub publishes there");
    }
    update.topics.push_back(field.value);
  }

  update.id = valueOf(fields, "id");
  if (!isAllowedId(update.id)) {
    return refuse(Fault::InvalidId, "invalid \"id\" parameter " + quote(update.id) +
                                        ": it must not begin with \"#\", be \"earliest\" or hold control "
                                        "characters");
  }
  if (update.id.empty()) update.id = makeEventId();

  update.type = valueOf(fields, "type");
  if (!isAllowedType(update.type)) {
    return refuse(Fault::InvalidType,
                  "invalid \"type\" parameter " + quote(update.type) + ": it must not hold CR, LF or NUL");
  }

  update.data = valueOf(fields, "data");
  update.isPrivate = findField(fields, "private") != nullptr;
  return update;
}

}  // namespace mercure::protocol
