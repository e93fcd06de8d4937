#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "protocol/form.h"
#include "protocol/generation.h"
#include "protocol/publication_error.h"
#include "protocol/reserved_topic.h"

namespace mercure::protocol {

/// An update as its publisher asked for it, every input rule checked.
struct Publication {
  std::vector<std::string> topics;  ///< at least one; the first is the canonical one
  std::string data;
  std::string id;                      ///< the publisher's, or one made here; never empty
  std::string type;                    ///< the event's name, or empty
  std::optional<std::uint64_t> retry;  ///< milliseconds
  bool isPrivate = false;
};

struct PublicationRules {
  std::size_t maxTopics = 1000;
  std::string_view hubPath = kDefaultHubPath;
  Generation generation = Generation::V0;  ///< the publisher's
  Protocol served = Protocol::V0;          ///< what the hub's subscribers may speak
};

/// Reads a publisher's form fields by the rules of its generation (drafts 07 and 08, "Publication"; ANY-18 to
/// ANY-25). The first occurrence of `data`, `id`, `type` and `retry` counts, unknown fields are ignored, and
/// an empty `id` or `retry` is an absent one.
[[nodiscard]] tl::expected<Publication, PublicationError> readPublication(std::span<const FormField> fields,
                                                                          const PublicationRules& rules);

}  // namespace mercure::protocol
