#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "endpoint/answer.h"
#include "endpoint/hub_identity.h"
#include "endpoint/origin.h"
#include "endpoint/request.h"
#include "endpoint/token_cache.h"
#include "endpoint/trust.h"
#include "hub/hub.h"
#include "hub/matcher_cache.h"
#include "protocol/generation.h"
#include "protocol/matcher_text.h"
#include "protocol/reserved_topic.h"

namespace mercure::endpoint {

/// What a subscriber meets when a limit is reached (MercureOverload).
enum class Overload {
  Retry,   ///< who asks for an event stream gets one that says when to come back
  Status,  ///< an error status for everybody
};

/// How one virtual host answers: what its directives say, resolved and read-only.
struct Settings {
  std::string path{protocol::kDefaultHubPath};
  protocol::Protocol protocol = protocol::Protocol::Any;
  HubIdentity identity;
  Trust publishers;
  Trust subscribers;
  std::vector<std::string> authorizationServers;  ///< issuers that the metadata names
  bool anonymous = false;
  bool requireTls = false;
  OriginList corsOrigins;
  OriginList publishOrigins;
  std::string oldCookie = "mercureAuthorization";           // 0.x
  std::string newCookie = "__Secure-mercure_access_token";  // 1.0
  std::size_t maxUpdateSize = 1U << 20U;
  std::size_t maxTopics = 1000;
  std::size_t maxSelectors = 1000;  // 0.x
  std::size_t maxMatchers = 100;    // 1.0, as the next
  std::size_t maxMatcherLength = protocol::kDefaultMaxMatcherLength;
  Overload overload = Overload::Retry;
  bool streamNotices = false;
  // What this process remembers of the keys' work.
  std::shared_ptr<TokenCache> publisherTokens = std::make_shared<TokenCache>();
  std::shared_ptr<TokenCache> subscriberTokens = std::make_shared<TokenCache>();

  /// Whether the hub describes itself to clients: where 1.0's tokens are taken (ANY-27).
  [[nodiscard]] bool servesMetadata() const noexcept {
    return protocol != protocol::Protocol::V0 && !(publishers.issuers.empty() && subscribers.issuers.empty());
  }
};

/// What an answer needs besides the request. References outlive the call.
struct Environment {
  const Settings& settings;
  hub::Hub& hub;
  hub::MatcherCache& matchers;
  std::chrono::system_clock::time_point now;
};

/// Answers any request on the hub's paths: publishes, authorises a subscription, answers preflights, or
/// refuses, which it counts among the hub's refusals. The only entry into this room. Any thread; may block in
/// Request::readBody and, shortly, on the log's lock.
[[nodiscard]] Answer answer(Request& request, const Environment& environment);

/// A refusal made by the front itself, with the fields (CORS, security) that every answer of the hub carries:
/// limits reached when the stream was to open (Refusal::Limit, which Settings::overload bears upon), or the
/// hub unable to serve. The caller counts it, for there may be no hub to count in.
[[nodiscard]] Answer refuse(const Request& request, const Settings& settings, int status, hub::Refusal reason,
                            std::string_view explanation);

}  // namespace mercure::endpoint
