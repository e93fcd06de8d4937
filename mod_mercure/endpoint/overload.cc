#include "endpoint/overload.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>

#include "endpoint/media_type.h"
#include "endpoint/refusal.h"
#include "endpoint/stream_head.h"
#include "hub/random.h"
#include "protocol/event_stream.h"

namespace mercure::endpoint {

namespace {

constexpr std::chrono::milliseconds kSoonest{5'000};
constexpr std::chrono::milliseconds kLatest{20'000};

/// Who was turned away together does not come back together.
std::chrono::milliseconds randomWait() {
  std::minstd_rand random(hub::randomValue<std::minstd_rand::result_type>());
  std::uniform_int_distribution<std::chrono::milliseconds::rep> wait(kSoonest.count(), kLatest.count());
  return std::chrono::milliseconds(wait(random));
}

/// Whether `Accept` names event streams, as every EventSource's does; a wildcard, such as curl's, does not.
bool asksForEventStream(const Request& request) {
  const auto namesIt = [](std::string_view list) {
    while (!list.empty()) {
      const auto comma = std::min(list.find(','), list.size());
      if (mediaTypeOf(list.substr(0, comma)) == "text/event-stream") return true;
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
  };
  const auto values = request.fields("Accept");
  return request.method() == "GET" && std::any_of(values.begin(), values.end(), namesIt);
}

}  // namespace

Answer turnAway(const Request& request, const Settings& settings, int status, hub::Refusal reason,
                std::string_view explanation) {
  const auto wait = randomWait();
  Answer answer = refusal(status, reason, explanation);
  if (settings.overload == Overload::Retry && asksForEventStream(request)) {
    answer.response = streamHead();
    answer.response.body = protocol::encodeRetry(wait);
    answer.isCut = true;
  } else {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
    answer.response.fields.emplace_back("Retry-After", std::to_string(seconds.count()));
  }
  return answer;
}

}  // namespace mercure::endpoint
