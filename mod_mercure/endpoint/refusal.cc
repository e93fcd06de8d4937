#include "endpoint/refusal.h"

#include <algorithm>
#include <array>
#include <string_view>

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

Answer refuseWith(int status, hub::Refusal reason, std::string_view body, std::string explanation) {
  Answer answer;
  answer.response.status = status;
  answer.response.fields = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "private"}};
  if (status == 401) answer.response.fields.emplace_back("WWW-Authenticate", "Bearer");
  answer.response.body.append(body).append("\n");
  answer.refused = Refused{reason, std::move(explanation)};
  return answer;
}

}  // namespace

Answer refusal(int status, hub::Refusal reason, std::string_view explanation) {
  return refuseWith(status, reason, nameOf(status), oneLine(explanation));
}

Answer explainedRefusal(int status, hub::Refusal reason, std::string_view explanation) {
  std::string line = oneLine(explanation);
  const std::string_view body = line;
  return refuseWith(status, reason, body, line);
}

Answer unauthorized(hub::Refusal reason, std::string_view explanation) {
  return refusal(401, reason, explanation);
}

}  // namespace mercure::endpoint
