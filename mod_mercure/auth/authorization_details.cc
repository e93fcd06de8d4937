#include "auth/authorization_details.h"

#include <optional>
#include <string_view>
#include <utility>

#include "protocol/unicode.h"

namespace mercure::auth {
namespace {

template <typename T>
using Read = tl::expected<T, TokenError>;

tl::unexpected<TokenError> invalid(std::string explanation) {
  return tl::unexpected(TokenError{TokenFault::InvalidClaims, std::move(explanation)});
}

std::string nameOfEntry(const std::string& list, std::size_t index) {
  return list + '[' + std::to_string(index) + ']';
}

/// Whether an entry of the claim is one of Mercure's; a null is nobody's (P1-AD-03).
Read<bool> isMercures(const json_t& entry, const std::string& what) {
  if (json_typeof(&entry) == JSON_NULL) return false;
  if (json_typeof(&entry) != JSON_OBJECT) return invalid(what + " is not an object");
  const json_t* const type = memberOf(entry, "type");
  if (!json_is_string(type)) return invalid(what + " has no type that is a string");
  return textOf(*type) == kMercureDetailType;
}

/// The member `name`, which must be an array of one entry or more.
Read<const json_t*> readList(const json_t& detail, const char* name, const std::string& what) {
  const json_t* const list = memberOf(detail, name);
  if (!json_is_array(list) || json_array_size(list) == 0) {
    return invalid(what + " has no " + name + " that is an array with entries");
  }
  return list;
}

/// P1-AD-04: actions of other specifications are no concern of a hub's.
Read<void> readActions(const json_t& entry, const std::string& what, AuthorizationDetail& detail) {
  const auto actions = readList(entry, "actions", what);
  if (!actions) return tl::unexpected(actions.error());
  for (std::size_t index = 0; index < json_array_size(*actions); ++index) {
    const json_t* const action = json_array_get(*actions, index);
    if (!json_is_string(action)) return invalid(nameOfEntry(what + ".actions", index) + " is not a string");
    if (textOf(*action) == "publish") detail.publish = true;
    if (textOf(*action) == "subscribe") detail.subscribe = true;
  }
  return {};
}

Read<protocol::MatcherType> readMatchType(const json_t& topic, const std::string& what) {
  const json_t* const type = memberOf(topic, "match_type");
  if (type == nullptr) return protocol::MatcherType::Exact;
  if (json_is_string(type) && textOf(*type) == "exact") return protocol::MatcherType::Exact;
  if (json_is_string(type) && textOf(*type) == "urlpattern") return protocol::MatcherType::UrlPattern;
  return invalid(what + " has a match_type that is neither exact nor urlpattern");
}

/// P1-AD-05 to -07.
Read<protocol::MatcherText> readTopic(const json_t& topic, const std::string& what) {
  if (json_typeof(&topic) != JSON_OBJECT) return invalid(what + " is not an object");
  const json_t* const match = memberOf(topic, "match");
  if (!json_is_string(match)) return invalid(what + " has no match that is a string");
  const std::string_view text = textOf(*match);
  if (text.empty()) return invalid(what + " has an empty match");
  if (text.size() > kMaxMatchSize) {
    return invalid(what + " has a match of " + std::to_string(text.size()) + " bytes, at most " +
                   std::to_string(kMaxMatchSize) + " are allowed");
  }
  if (protocol::holdsControlOrFormat(text)) {
    return invalid(what + " has a match with control or format characters");
  }
  const auto type = readMatchType(topic, what);
  if (!type) return tl::unexpected(type.error());
  return protocol::MatcherText{*type, std::string(text)};
}

Read<void> readTopics(const json_t& entry, const std::string& what, AuthorizationDetail& detail) {
  const auto topics = readList(entry, "topics", what);
  if (!topics) return tl::unexpected(topics.error());
  const std::size_t size = json_array_size(*topics);
  for (std::size_t index = 0; index < size; ++index) {
    auto topic = readTopic(*json_array_get(*topics, index), nameOfEntry(what + ".topics", index));
    if (!topic) return tl::unexpected(std::move(topic).error());
    detail.topics.push_back(std::move(*topic));
  }
  return {};
}

/// P1-PAY-01.
Read<void> readPayload(const json_t& entry, const std::string& what, AuthorizationDetail& detail) {
  const json_t* const payload = memberOf(entry, "payload");
  if (payload == nullptr) return {};
  if (!json_is_object(payload)) return invalid(what + " has a payload that is not an object");
  detail.payload = compactTextOf(*payload);
  return {};
}

Read<AuthorizationDetail> readDetail(const json_t& entry, const std::string& what) {
  AuthorizationDetail detail;
  for (const auto read : {&readActions, &readTopics, &readPayload}) {
    if (auto failed = read(entry, what, detail); !failed) return tl::unexpected(std::move(failed).error());
  }
  return detail;
}

}  // namespace

Read<std::vector<AuthorizationDetail>> readAuthorizationDetails(const json_t& claims) {
  std::vector<AuthorizationDetail> details;
  const json_t* const list = memberOf(claims, "authorization_details");
  if (list == nullptr) return details;
  if (!json_is_array(list)) return invalid("the claim authorization_details is not an array");

  std::size_t topics = 0;
  for (std::size_t index = 0; index < json_array_size(list); ++index) {
    const json_t& entry = *json_array_get(list, index);
    const std::string what = nameOfEntry("authorization_details", index);
    const auto mercures = isMercures(entry, what);
    if (!mercures) return tl::unexpected(mercures.error());
    if (!*mercures) continue;
    if (details.size() == kMaxDetails) {
      return invalid("authorization_details has more than " + std::to_string(kMaxDetails) +
                     " details for Mercure");
    }
    auto detail = readDetail(entry, what);
    if (!detail) return tl::unexpected(std::move(detail).error());
    topics += detail->topics.size();
    if (topics > kMaxDetailTopics) {
      return invalid("authorization_details has more than " + std::to_string(kMaxDetailTopics) +
                     " topics for Mercure");
    }
    details.push_back(std::move(*detail));
  }
  return details;
}

}  // namespace mercure::auth
