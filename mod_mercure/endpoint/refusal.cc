#include "endpoint/refusal.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "auth/json.h"
#include "endpoint/explanation.h"

namespace mercure::endpoint {

namespace {

struct Status {
  int code;
  std::string_view name;
};

// RFC 9110, section 15, and RFC 6585.
constexpr std::array kStatuses{
    Status{400, "Bad Request"},
    Status{401, "Unauthorized"},
    Status{403, "Forbidden"},
    Status{404, "Not Found"},
    Status{408, "Request Timeout"},
    Status{413, "Content Too Large"},
    Status{415, "Unsupported Media Type"},
    Status{421, "Misdirected Request"},
    Status{429, "Too Many Requests"},
    Status{500, "Internal Server Error"},
    Status{503, "Service Unavailable"},
};

std::string_view nameOf(int status) {
  const auto* const found = std::find_if(kStatuses.begin(), kStatuses.end(),
                                         [&](const Status& each) { return each.code == status; });
  return found == kStatuses.end() ? "Refused" : found->name;
}

Answer refuseWith(int status, hub::Refusal reason, std::string_view type, std::string body,
                  std::string explanation) {
  Answer answer;
  answer.response.status = status;
  answer.response.fields = {{"Content-Type", std::string(type)}, {"Cache-Control", "private"}};
  answer.response.body = std::move(body);
  answer.refused = Refused{reason, std::move(explanation)};
  return answer;
}

constexpr std::string_view kText = "text/plain; charset=utf-8";

std::string problemDetails(int status, std::string_view detail) {
  const auth::Json problem(json_object());
  const auto put = [&](const char* name, json_t* value) { json_object_set_new(problem.get(), name, value); };
  const std::string_view title = nameOf(status);
  put("title", json_stringn(title.data(), title.size()));
  put("status", json_integer(status));
  put("detail", json_stringn(detail.data(), detail.size()));
  return auth::compactTextOf(*problem) + "\n";
}

/// `code`: an error code of RFC 6750, section 3.1, or empty.
std::string challenge(const Manner& manner, std::string_view code) {
  std::string parameters;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    parameters.append(parameters.empty() ? " " : ", ").append(name);
    parameters.append("=\"").append(value).append("\"");
  };
  if (!manner.isOld()) {
    add("error", code);
    add("resource_metadata", manner.metadataUrl());
  }
  return "Bearer" + parameters;
}

/// `status` and `code` are 1.0's.
Answer refuseToken(const Manner& manner, int status, std::string_view code, hub::Refusal reason,
                   std::string_view explanation) {
  Answer answer = refusal(manner.isOld() ? 401 : status, reason, explanation);
  answer.response.fields.emplace_back("WWW-Authenticate", challenge(manner, code));
  return answer;
}

}  // namespace

Manner::Manner(const Request& request, const Settings& settings) noexcept
    : generation(settings.protocol == protocol::Protocol::V1 || settings.servesMetadata()
                     ? protocol::Generation::V1
                     : protocol::Generation::V0),
      request_(&request),
      settings_(&settings) {
}

std::string Manner::metadataUrl() const {
  return settings_->servesMetadata() ? settings_->identity.metadataUrlFor(*request_) : std::string();
}

Answer refusal(int status, hub::Refusal reason, std::string_view explanation) {
  return refuseWith(status, reason, kText, std::string(nameOf(status)) + "\n", oneLine(explanation));
}

Answer explainedRefusal(const Manner& manner, int status, hub::Refusal reason, std::string_view explanation) {
  const std::string line = oneLine(explanation);
  if (manner.isOld()) return refuseWith(status, reason, kText, line + "\n", line);
  return refuseWith(status, reason, "application/problem+json", problemDetails(status, line), line);
}

Answer withoutToken(const Manner& manner, std::string_view explanation) {
  return refuseToken(manner, 401, "", hub::Refusal::NoToken, explanation);
}

Answer wronglyPresented(const Manner& manner, hub::Refusal reason, std::string_view explanation) {
  return refuseToken(manner, 400, "invalid_request", reason, explanation);
}

Answer invalidToken(const Manner& manner, hub::Refusal reason, std::string_view explanation) {
  return refuseToken(manner, 401, "invalid_token", reason, explanation);
}

Answer withoutRight(const Manner& manner, std::string_view explanation) {
  return refuseToken(manner, 403, "insufficient_scope", hub::Refusal::MissingGrant, explanation);
}

}  // namespace mercure::endpoint
