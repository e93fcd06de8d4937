#include "endpoint/grants.h"

#include <iterator>
#include <vector>

#include "endpoint/explanation.h"

namespace mercure::endpoint {

namespace {

using Texts = std::vector<protocol::MatcherText>;

bool allows(const auth::AuthorizationDetail& detail, Role role) {
  return role == Role::Publisher ? detail.publish : detail.subscribe;
}

Texts selectorsOf(const auth::Grant& grant, Role role) {
  Texts texts;
  for (const std::string& text : role == Role::Publisher ? grant.publish : grant.subscribe)
    texts.push_back({protocol::MatcherType::Selector, text});
  return texts;
}

}  // namespace

tl::expected<Matchers, MatcherObjection> compileGrant(const auth::Grant& grant, Role role,
                                                      std::string_view hubUrl, hub::MatcherCache& cache) {
  if (grant.generation == auth::Generation::V0)
    return compileMatchers(selectorsOf(grant, role), hubUrl, cache);
  Matchers granted;
  for (const auth::AuthorizationDetail& detail : grant.details) {
    auto matchers = compileMatchers(detail.topics, hubUrl, cache);
    if (!matchers) return matchers;
    if (allows(detail, role)) std::ranges::move(*matchers, std::back_inserter(granted));
  }
  return granted;
}

std::string describeGrant(const auth::Grant& grant, Role role) {
  std::vector<std::string> texts;
  if (grant.generation == auth::Generation::V0) {
    texts = role == Role::Publisher ? grant.publish : grant.subscribe;
    return listing(texts) + (role == Role::Publisher ? " (mercure.publish)" : " (mercure.subscribe)");
  }
  for (const auth::AuthorizationDetail& detail : grant.details)
    if (allows(detail, role))
      for (const protocol::MatcherText& matcher : detail.topics) texts.push_back(matcher.text);
  return listing(texts) + " (authorization_details)";
}

}  // namespace mercure::endpoint
