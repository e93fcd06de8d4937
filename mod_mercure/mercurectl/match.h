#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/matcher_type.h"

namespace mercure::mercurectl {

/// A hub as matching knows it.
struct HubUrl {
  std::string text;  ///< the URL, serialised
  std::string path;  ///< where nobody but the hub publishes
};

/// Reads an absolute http or https URL; nothing when `text` is no such URL. One without a path is a site's,
/// whose hub is where hubs usually are.
[[nodiscard]] std::optional<HubUrl> readHubUrl(std::string_view text);

/// `exact`, `urlpattern` (1.0) or `template` (0.x); nothing for any other name.
[[nodiscard]] std::optional<protocol::MatcherType> readMatcherType(std::string_view name);

/// A question, whose texts are in any bytes: does `pattern` cover `topic`?
struct Question {
  protocol::MatcherType type;
  std::string_view pattern;
  std::string_view topic;
};

/// What `hub`, with default limits, makes of a subscriber with that pattern when something is published to
/// that topic. The error, one line, says why it would refuse the one or the other.
[[nodiscard]] tl::expected<bool, std::string> judge(const Question& question, const HubUrl& hub);

}  // namespace mercure::mercurectl
