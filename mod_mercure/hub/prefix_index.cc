#include "hub/prefix_index.h"

namespace mercure::hub {

void PrefixIndex::add(std::string_view prefix, MatcherNode& node) {
  prefix = prefix.substr(0, kLongestPrefix);
  const auto [nodes, isNew] = nodes_.try_emplace(std::string(prefix));
  try {
    nodes->second.push_back(&node);
    if (isNew) ++lengths_[prefix.size()];
  } catch (...) {
    if (isNew) nodes_.erase(nodes);
    throw;
  }
}

void PrefixIndex::remove(std::string_view prefix, MatcherNode& node) noexcept {
  prefix = prefix.substr(0, kLongestPrefix);
  const auto nodes = nodes_.find(prefix);
  std::erase(nodes->second, &node);
  if (!nodes->second.empty()) return;
  nodes_.erase(nodes);
  const auto length = lengths_.find(prefix.size());
  if (--length->second == 0) lengths_.erase(length);
}

}  // namespace mercure::hub
