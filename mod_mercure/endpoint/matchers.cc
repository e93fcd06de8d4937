#include "endpoint/selectors.h"

#include "endpoint/explanation.h"
#include "endpoint/refusal.h"

namespace mercure::endpoint {

namespace {

tl::expected<Selectors, Answer> compile(std::span<const std::string> texts, hub::SelectorCache& cache,
                                        Answer (*refuseTooComplex)(const std::string& text)) {
  Selectors selectors;
  selectors.reserve(texts.size());
  for (const std::string& text : texts) {
    auto selector = cache.get(text);
    if (selector) {
      selectors.push_back(std::move(*selector));
    } else if (selector.error() == hub::SelectorRefusal::TooComplex) {
      return tl::unexpected(refuseTooComplex(text));
    } else {
      return tl::unexpected(
          refusal(503, hub::Refusal::Limit,
                  "this process has no memory left for the topic selector " + excerpt(text)));
    }
  }
  return selectors;
}

}  // namespace

tl::expected<Selectors, Answer> compileGranted(std::span<const std::string> texts,
                                               hub::SelectorCache& cache) {
  return compile(texts, cache, [](const std::string& text) {
    return unauthorized(hub::Refusal::InvalidToken,
                        "the token grants a topic selector too complex to match: " + excerpt(text));
  });
}

tl::expected<Selectors, Answer> compileRequested(std::span<const std::string> texts,
                                                 hub::SelectorCache& cache) {
  return compile(texts, cache, [](const std::string& text) {
    return explainedRefusal(400, hub::Refusal::BadRequest,
                            "the topic selector " + excerpt(text) + " is too complex to match");
  });
}

}  // namespace mercure::endpoint
