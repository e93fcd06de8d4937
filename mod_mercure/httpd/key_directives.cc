// The directives that say whose tokens are taken: keys, key sets, and the issuers that they may belong to.

#include <algorithm>
#include <array>
#include <cstring>

#include "httpd/command.h"
#include "httpd/directives.h"
#include "httpd/values.h"

namespace mercure::httpd {
namespace {

constexpr const char* kSection = "<MercureIssuer";
constexpr const char* kIssuerExample = R"(, for example: <MercureIssuer "https://login.example.com">)";

constexpr std::array kInIssuers{"MercurePublisherJWT", "MercureSubscriberJWT", "MercurePublisherJWKS",
                                "MercureSubscriberJWKS", "MercureAuthorizationServer"};

/// The name in `<MercureIssuer "name">`, whose arguments come with the closing bracket.
std::string issuerNameIn(apr_pool_t* pool, const char* arguments) {
  const char* end = std::strrchr(arguments, '>');
  if (end == nullptr) return {};
  const char* text = apr_pstrmemdup(pool, arguments, static_cast<apr_size_t>(end - arguments));
  const char* name = ap_getword_conf(pool, &text);
  return *text == '\0' ? name : "";
}

/// The issuer in whose section a directive stands; null outside of every one.
IssuerConfig* issuerOf(const cmd_parms* command, ServerConfig& config) {
  const ap_directive_t* parent = command->directive->parent;
  if (parent == nullptr || strcasecmp(parent->directive, kSection) != 0) return nullptr;
  const auto found =
      std::ranges::find(config.issuers, issuerNameIn(command->pool, parent->args), &IssuerConfig::name);
  return found != config.issuers.end() ? &*found : nullptr;
}

KeySources& publishersFor(const cmd_parms* command, ServerConfig& config) {
  IssuerConfig* issuer = issuerOf(command, config);
  return issuer != nullptr ? issuer->publishers : config.publishers;
}

KeySources& subscribersFor(const cmd_parms* command, ServerConfig& config) {
  IssuerConfig* issuer = issuerOf(command, config);
  return issuer != nullptr ? issuer->subscribers : config.subscribers;
}

std::string addKey(KeySources& sources, const cmd_parms* command, const char* place, const char* algorithm) {
  auto source =
      KeySource::parse(command->cmd->name, place,
                       algorithm != nullptr ? std::optional<std::string_view>(algorithm) : std::nullopt);
  if (!source) return source.error();
  sources.keys.push_back(std::move(*source));
  return {};
}

std::string addKeySet(KeySources& sources, const cmd_parms* command, std::span<char* const> values) {
  const std::vector<std::string_view> algorithms(values.begin() + (values.empty() ? 0 : 1), values.end());
  auto source = KeySetSource::parse(command->cmd->name, values.empty() ? "" : values.front(), algorithms);
  if (!source) return source.error();
  sources.sets.push_back(std::move(*source));
  return {};
}

std::string nameIssuer(ServerConfig& config, const std::string& name) {
  if (name.empty())
    return std::string("expected the issuer's identifier, as its tokens have it in iss, and '>'") +
           kIssuerExample;
  if (std::ranges::find(config.issuers, name, &IssuerConfig::name) != config.issuers.end())
    return "the issuer " + quoted(name) + " has a section already; expected one for each issuer" +
           kIssuerExample;
  config.issuers.emplace_back().name = name;
  return {};
}

/// What stands in the section, but does not belong there.
std::string refuseStrangers(const ap_directive_t* first) {
  for (const ap_directive_t* each = first; each != nullptr; each = each->next) {
    const bool belongs = std::ranges::any_of(
        kInIssuers, [&](const char* name) { return strcasecmp(name, each->directive) == 0; });
    if (!belongs)
      return std::string(each->directive) +
             " does not belong into it; expected MercurePublisherJWT, MercureSubscriberJWT, "
             "MercurePublisherJWKS, MercureSubscriberJWKS or MercureAuthorizationServer";
  }
  return {};
}

}  // namespace
}  // namespace mercure::httpd

using namespace mercure::httpd;  // NOLINT(google-build-using-namespace): C names must stand outside

const char* mercure_add_publisher_key(cmd_parms* command, void*, const char* key, const char* algorithm) {
  return set(command, [&](ServerConfig& config) {
    return addKey(publishersFor(command, config), command, key, algorithm);
  });
}

const char* mercure_add_subscriber_key(cmd_parms* command, void*, const char* key, const char* algorithm) {
  return set(command, [&](ServerConfig& config) {
    return addKey(subscribersFor(command, config), command, key, algorithm);
  });
}

const char* mercure_add_publisher_key_set(cmd_parms* command, void*, int count, char* const values[]) {
  return set(command, [&](ServerConfig& config) {
    return addKeySet(publishersFor(command, config), command, {values, static_cast<std::size_t>(count)});
  });
}

const char* mercure_add_subscriber_key_set(cmd_parms* command, void*, int count, char* const values[]) {
  return set(command, [&](ServerConfig& config) {
    return addKeySet(subscribersFor(command, config), command, {values, static_cast<std::size_t>(count)});
  });
}

const char* mercure_open_issuer(cmd_parms* command, void*, const char* arguments) {
  ap_directive_t* children = command->directive->first_child;
  const char* error = set(command, [&](ServerConfig& config) -> std::string {
    std::string refused = nameIssuer(config, issuerNameIn(command->pool, arguments));
    return refused.empty() ? refuseStrangers(children) : refused;
  });
  return error != nullptr ? error : ap_walk_config(children, command, command->context);
}

const char* mercure_set_authorization_server(cmd_parms* command, void*, const char* value) {
  return set(command, [&](ServerConfig& config) -> std::string {
    const auto isOn = parseSwitch(value);
    if (!isOn) return quoted(value) + " is neither On nor Off, for example: MercureAuthorizationServer On";
    IssuerConfig* issuer = issuerOf(command, config);
    if (issuer == nullptr)
      return std::string("it stands outside of every issuer's section; expected it inside one") +
             kIssuerExample;
    issuer->isAuthorizationServer = *isOn;
    return {};
  });
}
