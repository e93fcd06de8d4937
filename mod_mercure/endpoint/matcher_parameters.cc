#include "endpoint/matcher_parameters.h"

#include <algorithm>
#include <array>
#include <optional>

#include "endpoint/ascii.h"
#include "endpoint/explanation.h"
#include "protocol/matcher_text.h"

namespace mercure::endpoint {

namespace {

using protocol::FormField;
using protocol::MatcherType;
using protocol::Protocol;

struct MatcherName {
  std::string_view name;
  MatcherType type;
};

constexpr std::array kNames{MatcherName{"match", MatcherType::Exact},
                            MatcherName{"match_exact", MatcherType::Exact},
                            MatcherName{"match_urlpattern", MatcherType::UrlPattern}};

using Objection = std::optional<std::string>;

bool isReservedName(std::string_view name) {
  static constexpr std::string_view kPrefix = "match";
  return equalsIgnoringCase(name.substr(0, kPrefix.size()), kPrefix);
}

std::string expectedNames(Protocol served) {
  switch (served) {
    case Protocol::V0:
      return "\"topic\"";
    case Protocol::V1:
      return "\"match\", \"match_exact\" or \"match_urlpattern\"";
    case Protocol::Any:
      break;
  }
  return "\"match\", \"match_exact\", \"match_urlpattern\" (1.0) or \"topic\" (0.x)";
}

class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {}

  Objection read(const FormField& field) {
    if (field.name == "topic") return readTopic(field);
    // Names that 0.x does not know are passed over.
    if (settings_.protocol == Protocol::V0 || !isReservedName(field.name)) return std::nullopt;
    const auto* const known = std::ranges::find(kNames, field.name, &MatcherName::name);
    if (known == kNames.end())
      return "unknown matcher parameter " + excerpt(field.name, 60) + ": expected " +
             expectedNames(Protocol::V1);
    return readMatcher(field, known->type);
  }

  tl::expected<MatcherParameters, std::string> finish() && {
    if (read_.matchers.empty())
      return tl::unexpected("nothing to subscribe to, missing parameter: expected at least one " +
                            expectedNames(settings_.protocol));
    return std::move(read_);
  }

 private:
  Objection readTopic(const FormField& field) {
    if (settings_.protocol == Protocol::V1)
      return "the parameter \"topic\" is of protocol 0.x, which this hub does not serve: expected " +
             expectedNames(Protocol::V1);
    read_.hasTopics = true;
    if (++topics_ > settings_.maxSelectors)
      return "too many \"topic\" parameters: at most " + std::to_string(settings_.maxSelectors) +
             " are expected (MercureMaxSelectors)";
    read_.matchers.push_back({MatcherType::Selector, field.value});
    return std::nullopt;
  }

  Objection readMatcher(const FormField& field, MatcherType type) {
    read_.hasMatchers = true;
    if (++matchers_ > settings_.maxMatchers)
      return "too many matchers: at most " + std::to_string(settings_.maxMatchers) +
             " are expected (MercureMaxMatchers)";
    if (auto objection = checkText(field)) return objection;
    read_.matchers.push_back({type, field.value});
    return std::nullopt;
  }

  [[nodiscard]] Objection checkText(const FormField& field) const {
    const auto fault = protocol::checkMatcherText(field, settings_.maxMatcherLength);
    if (!fault) return std::nullopt;
    switch (*fault) {
      case protocol::MatcherTextFault::TooLong:
        return "a matcher of " + std::to_string(field.value.size()) + " bytes: at most " +
               std::to_string(settings_.maxMatcherLength) + " are expected (MercureMaxMatcherLength)";
      case protocol::MatcherTextFault::NotUtf8:
        return "the value of \"" + field.name + "\" is not UTF-8";
      case protocol::MatcherTextFault::ControlOrFormat:
        break;
    }
    return "the value of \"" + field.name + "\" holds a control or format character";
  }

  const Settings& settings_;
  MatcherParameters read_;
  std::size_t topics_ = 0;
  std::size_t matchers_ = 0;
};

}  // namespace

tl::expected<MatcherParameters, std::string> readMatcherParameters(std::span<const FormField> fields,
                                                                   const Settings& settings) {
  Reader reader(settings);
  for (const FormField& field : fields)
    if (auto objection = reader.read(field)) return tl::unexpected(std::move(*objection));
  return std::move(reader).finish();
}

}  // namespace mercure::endpoint
