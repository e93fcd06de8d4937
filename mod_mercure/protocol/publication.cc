#include "protocol/publication.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/field_text.h"
#include "protocol/identifier.h"
#include "protocol/topic.h"
#include "protocol/unicode.h"
#include "protocol/utf8.h"

namespace mercure::protocol {

namespace {

using Fault = PublicationFault;

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

// One reader for one publisher's form: what a field may hold depends on the rules.
class Reader {
 public:
  Reader(std::span<const FormField> fields, const PublicationRules& rules) : fields_(fields), rules_(rules) {}

  [[nodiscard]] tl::expected<Publication, PublicationError> read() const {
    Publication update;
    for (const auto step : {&Reader::checkTopicCount, &Reader::readRetry, &Reader::readTopics,
                            &Reader::readId, &Reader::readType, &Reader::readData}) {
      if (auto fault = (this->*step)(update)) return tl::make_unexpected(std::move(*fault));
    }
    update.isPrivate = findField(fields_, "private") != nullptr;
    return update;
  }

 private:
  using Objection = std::optional<PublicationError>;

  static bool isTopic(const FormField& field) { return field.name == "topic"; }
  [[nodiscard]] bool isOld() const { return rules_.generation == Generation::V0; }

  Objection checkTopicCount(Publication& update) const {
    const auto count = static_cast<std::size_t>(std::ranges::count_if(fields_, isTopic));
    if (count == 0)
      return object(Fault::MissingTopic, "missing \"topic\" parameter: an update needs at least one topic");
    if (count > rules_.maxTopics)
      return object(Fault::TooManyTopics, "too many \"topic\" parameters: " + std::to_string(count) +
                                              " given, at most " + std::to_string(rules_.maxTopics) +
                                              " allowed");
    update.topics.reserve(count);
    return std::nullopt;
  }

  Objection readRetry(Publication& update) const {
    const std::string retry = valueOf(fields_, "retry");
    if (retry.empty()) return std::nullopt;
    update.retry = parseRetry(retry);
    if (update.retry) return std::nullopt;
    return object(Fault::InvalidRetry, "invalid \"retry\" parameter " + quoteFieldText(retry) +
                                           ": expected milliseconds in decimal digits, at most "
                                           "18446744073709551615");
  }

  Objection readTopics(Publication& update) const {
    for (const FormField& field : fields_) {
      if (!isTopic(field)) continue;
      if (auto objection = checkTopic(field, rules_.hubPath, rules_.generation)) return objection;
      update.topics.push_back(field.value);
    }
    return std::nullopt;
  }

  // ANY-20: `#` would make the id a fragment of the hub's own, and `earliest` is the cursor that asks for
  // all.
  Objection readId(Publication& update) const {
    const FormField* const field = findField(fields_, "id");
    if (field == nullptr || field->value.empty()) {
      update.id = makeEventId();
      return std::nullopt;
    }
    if (auto objection = checkFieldText(*field, rules_.generation)) return objection;
    const std::string& id = field->value;
    if (id.starts_with('#') || id == "earliest" || holdsControl(id) || (!isOld() && holdsControlOrFormat(id)))
      return object(Fault::InvalidId, "invalid \"id\" parameter " + quoteFieldText(id) +
                                          ": it must not begin with \"#\", be \"earliest\" or hold control " +
                                          (isOld() ? "" : "or format ") + "characters");
    update.id = id;
    return std::nullopt;
  }

  Objection readType(Publication& update) const {
    const FormField* const field = findField(fields_, "type");
    if (field == nullptr) return std::nullopt;
    if (auto objection = checkFieldText(*field, rules_.generation)) return objection;
    const std::string& type = field->value;
    // The hub's own events have it, and nobody may forge one for a subscriber that knows them (ANY-21).
    if (type == "mercure" && (!isOld() || rules_.served != Protocol::V0))
      return object(Fault::InvalidType, "the type \"mercure\" is kept for the hub's own events");
    // What would end the event's line early; other control characters are the publisher's business in 0.x.
    if (type.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return object(Fault::InvalidType, "invalid \"type\" parameter " + quoteFieldText(type) +
                                            ": it must not hold CR, LF or NUL");
    if (!isOld() && holdsControlOrFormat(type))
      return object(Fault::InvalidType, "invalid \"type\" parameter " + quoteFieldText(type) +
                                            ": it must not hold control or format characters");
    update.type = type;
    return std::nullopt;
  }

  Objection readData(Publication& update) const {
    const FormField* const field = findField(fields_, "data");
    if (field == nullptr) return std::nullopt;
    if (!isOld() && !field->wasUtf8) return object(Fault::NotUtf8, "the \"data\" parameter is not UTF-8");
    update.data = field->value;
    return std::nullopt;
  }

  static Objection object(Fault fault, std::string explanation) {
    return PublicationError{fault, std::move(explanation)};
  }

  std::span<const FormField> fields_;
  const PublicationRules& rules_;
};

}  // namespace

tl::expected<Publication, PublicationError> readPublication(std::span<const FormField> fields,
                                                            const PublicationRules& rules) {
  return Reader(fields, rules).read();
}

}  // namespace mercure::protocol
