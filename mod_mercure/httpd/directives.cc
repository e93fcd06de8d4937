#include "httpd/directives.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include <apr_lib.h>

#include "httpd/command.h"
#include "httpd/history_settings.h"
#include "httpd/server_config.h"
#include "httpd/values.h"

namespace mercure::httpd {
namespace {

using Switch = std::optional<bool>;
using Time = std::optional<std::chrono::milliseconds>;
using Number = std::optional<std::uint64_t>;

template <class Field>
struct Range {
  std::string_view directive;
  Field ServerConfig::*field = nullptr;
  std::uint64_t least = 0;  // milliseconds, bytes or a number
  std::uint64_t most = 0;
  bool zeroToo = false;  // 0 has a meaning of its own
  const char* expected = nullptr;
};

constexpr std::uint64_t kSecond = 1000;
constexpr std::uint64_t kHour = 3600 * kSecond;
constexpr std::uint64_t kKilobyte = 1024;
constexpr std::uint64_t kMegabyte = 1024 * kKilobyte;
constexpr std::uint64_t kGigabyte = 1024 * kMegabyte;

struct SwitchOf {
  std::string_view directive;
  Switch ServerConfig::*field;
};

constexpr std::array<SwitchOf, 5> kSwitches{{
    {"MercureAnonymous", &ServerConfig::anonymous},
    {"MercureRequireTLS", &ServerConfig::requireTls},
    {"MercureHistorySync", &ServerConfig::historySync},
    {"MercureJWKSPrivateAddresses", &ServerConfig::keySetsFromPrivateAddresses},
    {"MercureStreamNotices", &ServerConfig::streamNotices},
}};

constexpr std::array<Range<Time>, 4> kTimes{{
    {"MercureHeartbeat", &ServerConfig::heartbeat, kSecond, kHour, true,
     "0 or 1s to 1h, for example: MercureHeartbeat 25s"},
    {"MercureMaxStreamDuration", &ServerConfig::maxStreamDuration, kSecond, 720 * kHour, true,
     "0 or 1s to 720h, for example: MercureMaxStreamDuration 10min"},
    {"MercureSendTimeout", &ServerConfig::sendTimeout, 100, kHour, true,
     "0 or 100ms to 1h, for example: MercureSendTimeout 5s"},
    {"MercureHistoryAge", &ServerConfig::historyAge, kSecond, 87'600 * kHour, true,
     "0 (as old as they are) or 1s to 87600h, for example: MercureHistoryAge 24h"},
}};

constexpr std::array<Range<Number>, 5> kSizes{{
    {"MercureSendBuffer", &ServerConfig::sendBuffer, kKilobyte, kGigabyte, false,
     "1K to 1G, for example: MercureSendBuffer 1M"},
    {"MercureMaxUpdateSize", &ServerConfig::maxUpdateSize, 64, 256 * kMegabyte, false,
     "64 bytes to 256M, for example: MercureMaxUpdateSize 1M"},
    {"MercureMaxMatcherLength", &ServerConfig::maxMatcherLength, 16, 64 * kKilobyte, false,
     "16 bytes to 64K, for example: MercureMaxMatcherLength 4K"},
    {"MercureLogSize", &ServerConfig::logSize, 64 * kKilobyte, 64 * kGigabyte, false,
     "64K to 64G, for example: MercureLogSize 16M"},
    {"MercureHistorySize", &ServerConfig::historySize, 4 * kMegabyte, 1024 * kGigabyte, false,
     "4M to 1024G, for example: MercureHistorySize 256M"},
}};

constexpr std::array<Range<Number>, 9> kNumbers{{
    {"MercureMaxSubscribers", &ServerConfig::maxSubscribers, 0, 100'000'000, false,
     "0 (no limit) to 100000000, for example: MercureMaxSubscribers 10000"},
    {"MercureMaxSubscribersPerClient", &ServerConfig::maxSubscribersPerClient, 0, 1'000'000, false,
     "0 (no limit) to 1000000, for example: MercureMaxSubscribersPerClient 100"},
    {"MercureMaxThreadedStreams", &ServerConfig::maxThreadedStreams, 0, 1'000'000, false,
     "0 (none) to 1000000, for example: MercureMaxThreadedStreams 40"},
    {"MercureMaxTopics", &ServerConfig::maxTopics, 1, 100'000, false,
     "1 to 100000, for example: MercureMaxTopics 1000"},
    {"MercureMaxSelectors", &ServerConfig::maxSelectors, 1, 100'000, false,
     "1 to 100000, for example: MercureMaxSelectors 1000"},
    {"MercureMaxMatchers", &ServerConfig::maxMatchers, 1, 10'000, false,
     "1 to 10000, for example: MercureMaxMatchers 100"},
    {"MercureHistoryCount", &ServerConfig::historyCount, 0, 1'000'000'000, false,
     "0 (as many as fit) to 1000000000, for example: MercureHistoryCount 10000"},
    {"MercureDispatchers", &ServerConfig::dispatchers, 1, 64, false,
     "1 to 64, for example: MercureDispatchers 2"},
    {"MercureMaxKeepers", &ServerConfig::maxKeepers, 0, 10'000, false,
     "0 to 10000, for example: MercureMaxKeepers 16"},
}};

template <class Table>
const auto& rowOf(const Table& table, const cmd_parms* command) {
  return *std::find_if(table.begin(), table.end(),
                       [&](const auto& row) { return row.directive == command->cmd->name; });
}

template <class Field>
bool isWithin(const Range<Field>& range, std::uint64_t value) {
  return (value >= range.least && value <= range.most) || (value == 0 && range.zeroToo);
}

template <class Field>
std::string outOfRange(const Range<Field>& range, std::string_view value, std::string_view kind) {
  return quoted(value) + " is not " + std::string(kind) + " it can have; expected " + range.expected;
}

/// Whether the section in which `command` stands has the directive `name`, with these arguments if any are
/// given. For what httpd only tells too late (it fills server_hostname in for vhosts without a name) or not
/// at all.
bool stands(const char* name, const char* arguments, const cmd_parms* command) {
  const ap_directive_t* parent = command->directive->parent;
  for (const ap_directive_t* each = parent != nullptr ? parent->first_child : ap_conftree; each != nullptr;
       each = each->next)
    if (strcasecmp(each->directive, name) == 0 &&
        (arguments == nullptr || strcasecmp(each->args, arguments) == 0))
      return true;
  return false;
}

bool isHubName(std::string_view name) {
  const auto allowed = [](char c) { return apr_isalnum(c) || c == '.' || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= 128 && apr_isalnum(name.front()) &&
         std::all_of(name.begin(), name.end(), allowed);
}

bool isHubPath(std::string_view path) {
  static constexpr std::string_view kAllowed = "-._~!$&'()*+,=:@/";
  const auto allowed = [](char c) { return apr_isalnum(c) || kAllowed.find(c) != std::string_view::npos; };
  if (path.size() < 2 || path.front() != '/' || path.back() == '/') return false;
  if (!std::all_of(path.begin(), path.end(), allowed)) return false;
  const std::string closed = std::string(path) + "/";
  return closed.find("//") == std::string::npos && closed.find("/./") == std::string::npos &&
         closed.find("/../") == std::string::npos;
}

bool isToken(std::string_view name) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto allowed = [](char c) { return apr_isalnum(c) || kMarks.find(c) != std::string_view::npos; };
  return !name.empty() && std::all_of(name.begin(), name.end(), allowed);
}

std::optional<mercure::protocol::Protocol> generationNamed(std::string_view name) {
  using mercure::protocol::Protocol;
  if (name == "0.x") return Protocol::V0;
  if (name == "1.0") return Protocol::V1;
  return std::nullopt;
}

}  // namespace
}  // namespace mercure::httpd

using namespace mercure::httpd;  // NOLINT(google-build-using-namespace): C names must stand outside

const char* mercure_set_on(cmd_parms* command, void*, const char* value) {
  return set(command, [&](ServerConfig& config) -> std::string {
    config.on = parseSwitch(value);
    if (!config.on) return quoted(value) + " is neither On nor Off, for example: Mercure On";
    config.hasServerName = stands("ServerName", nullptr, command);
    config.hasTls = stands("SSLEngine", "on", command);
    return {};
  });
}

const char* mercure_set_hub(cmd_parms* command, void*, const char* name) {
  return set(command, [&](ServerConfig& config) -> std::string {
    if (!isHubName(name))
      return quoted(name) +
             " cannot name a hub; expected letters, digits, '.', '-' and '_', up to 128 of them, for "
             "example: MercureHub "
             "news.example.com";
    config.hub = name;
    return {};
  });
}

const char* mercure_set_path(cmd_parms* command, void*, const char* path) {
  return set(command, [&](ServerConfig& config) -> std::string {
    if (!isHubPath(path))
      return quoted(path) +
             " cannot be the hub's path; expected a path that begins with a slash, does not end with one, "
             "and has neither "
             "empty nor dot segments, percent signs, a query nor a fragment, for example: MercurePath "
             "/.well-known/mercure";
    config.path = path;
    return {};
  });
}

const char* mercure_set_protocol(cmd_parms* command, void*, const char* generation) {
  return set(command, [&](ServerConfig& config) -> std::string {
    config.protocol = generationNamed(generation);
    if (strcasecmp(generation, "any") == 0) config.protocol = mercure::protocol::Protocol::Any;
    if (config.protocol) return {};
    return quoted(generation) +
           " is not what a hub can speak; expected 0.x, 1.0 or any, for example: " + "MercureProtocol any";
  });
}

const char* mercure_set_resource_identifier(cmd_parms* command, void*, const char* identifier) {
  return set(command, [&](ServerConfig& config) -> std::string {
    auto read = mercure::endpoint::readResourceIdentifier(identifier);
    if (!read)
      return quoted(identifier) + " " + read.error() +
             ", for example: MercureResourceIdentifier https://example.com/.well-known/mercure";
    config.resourceIdentifier = std::move(*read);
    return {};
  });
}

const char* mercure_add_public_url(cmd_parms* command, void*, const char* url) {
  return set(command, [&](ServerConfig& config) -> std::string {
    auto origin = mercure::endpoint::readPublicOrigin(url);
    if (!origin)
      return quoted(url) + " " + origin.error() + ", for example: MercurePublicURLs https://example.com";
    config.publicOrigins.push_back(std::move(*origin));
    return {};
  });
}

const char* mercure_set_switch(cmd_parms* command, void*, const char* value) {
  return set(command, [&](ServerConfig& config) -> std::string {
    Switch& field = config.*rowOf(kSwitches, command).field;
    field = parseSwitch(value);
    if (!field) return quoted(value) + " is neither On nor Off, for example: " + command->cmd->name + " On";
    return {};
  });
}

const char* mercure_add_cors_origin(cmd_parms* command, void*, const char* origin) {
  return set(command, [&](ServerConfig& config) -> std::string {
    const auto added = config.corsOrigins.add(origin);
    return added ? std::string()
                 : added.error() + ", for example: MercureCORSOrigins https://www.example.com";
  });
}

const char* mercure_add_publish_origin(cmd_parms* command, void*, const char* origin) {
  return set(command, [&](ServerConfig& config) -> std::string {
    const auto added = config.publishOrigins.add(origin);
    return added ? std::string()
                 : added.error() + ", for example: MercurePublishOrigins https://www.example.com";
  });
}

const char* mercure_set_cookie_name(cmd_parms* command, void*, const char* name, const char* generation) {
  return set(command, [&](ServerConfig& config) -> std::string {
    static constexpr const char* kExample = ", for example: MercureCookieName mercureAuthorization 0.x";
    if (!isToken(name))
      return quoted(name) + " cannot name a cookie; expected letters, digits and !#$%&'*+-.^_`|~" + kExample;
    if (generation == nullptr) {
      config.cookieName = name;
      return {};
    }
    const auto known = generationNamed(generation);
    if (!known)
      return quoted(generation) + " is not a generation of the protocol; expected 0.x or 1.0" + kExample;
    (*known == mercure::protocol::Protocol::V0 ? config.oldCookie : config.newCookie) = name;
    return {};
  });
}

const char* mercure_set_overload(cmd_parms* command, void*, const char* way) {
  return set(command, [&](ServerConfig& config) -> std::string {
    if (strcasecmp(way, "retry") == 0)
      config.overload = mercure::endpoint::Overload::Retry;
    else if (strcasecmp(way, "status") == 0)
      config.overload = mercure::endpoint::Overload::Status;
    else
      return quoted(way) + " is neither retry nor status, for example: MercureOverload retry";
    return {};
  });
}

const char* mercure_set_history(cmd_parms* command, void*, const char* place) {
  return set(command, [&](ServerConfig& config) -> std::string {
    if (const auto isOn = parseSwitch(place)) {
      config.history = *isOn ? kDefaultHistory : "";
      return {};
    }
    // A lone word is a slip of the pen rather than a directory.
    const bool isPath = std::strchr(place, '/') != nullptr;
    const char* directory = isPath ? ap_server_root_relative(command->pool, place) : nullptr;
    if (directory == nullptr)
      return quoted(place) +
             " is neither on nor off nor the path of a directory, for example: MercureHistory " +
             kDefaultHistory;
    config.history = directory;
    return {};
  });
}

const char* mercure_set_time(cmd_parms* command, void*, const char* time) {
  return set(command, [&](ServerConfig& config) -> std::string {
    const auto& range = rowOf(kTimes, command);
    const auto value = parseTime(time);
    if (!value || !isWithin(range, static_cast<std::uint64_t>(value->count())))
      return outOfRange(range, time, "a time");
    config.*range.field = value;
    return {};
  });
}

const char* mercure_set_size(cmd_parms* command, void*, const char* size) {
  return set(command, [&](ServerConfig& config) -> std::string {
    const auto& range = rowOf(kSizes, command);
    const auto value = parseSize(size);
    if (!value || !isWithin(range, *value)) return outOfRange(range, size, "a size");
    config.*range.field = value;
    return {};
  });
}

const char* mercure_set_number(cmd_parms* command, void*, const char* number) {
  return set(command, [&](ServerConfig& config) -> std::string {
    const auto& range = rowOf(kNumbers, command);
    const auto value = parseNumber(number);
    if (!value || !isWithin(range, *value)) return outOfRange(range, number, "a number");
    config.*range.field = value;
    return {};
  });
}
