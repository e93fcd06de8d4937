#include "endpoint/form_body.h"

#include "endpoint/explanation.h"
#include "endpoint/media_type.h"

namespace mercure::endpoint {

namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

Answer badRequest(const Manner& manner, std::string_view explanation) {
  return explainedRefusal(manner, 400, hub::Refusal::BadRequest, explanation);
}

Answer refuseBody(BodyFault fault, const Settings& settings, const Manner& manner) {
  switch (fault) {
    case BodyFault::TooLarge:
      return explainedRefusal(manner, 413, hub::Refusal::TooLarge,
                              "the body is larger than the " + std::to_string(settings.maxUpdateSize) +
                                  " bytes that this hub takes (MercureMaxUpdateSize)");
    case BodyFault::TimedOut:
      return explainedRefusal(manner, 408, hub::Refusal::BadRequest, "the body did not arrive in time");
    case BodyFault::Incomplete:
      return badRequest(manner, "the body ended early, so nothing came of it");
    case BodyFault::Malformed:
      break;
  }
  return badRequest(manner, "the body's framing is broken");
}

}  // namespace

tl::expected<FormBody, Answer> readFormBody(Request& request, const Settings& settings,
                                            const Manner& manner) {
  const auto types = request.fields("Content-Type");
  if (types.empty())
    return FormBody{{}, "there is no Content-Type field, expected " + std::string(kFormType)};
  const auto type = types.size() == 1 ? mediaTypeOf(types.front()) : std::nullopt;
  if (!type) return tl::unexpected(badRequest(manner, "the Content-Type field is not one media type"));
  if (*type != kFormType)
    return FormBody{{}, "the Content-Type is " + excerpt(*type) + ", not " + std::string(kFormType)};
  const auto body = request.readBody(settings.maxUpdateSize);
  if (!body) return tl::unexpected(refuseBody(body.error(), settings, manner));
  return FormBody{protocol::decodeForm(*body), std::nullopt};
}

}  // namespace mercure::endpoint
