#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "httpd/module.h"
#include "hub/broadcast_pipe.h"
#include "hub/segment.h"
#include "hub/shared_document.h"

namespace mercure::httpd {

/// What a hub's segment is made for.
struct SegmentNeeds {
  std::size_t logSize = 0;
  std::size_t slots = 0;  ///< at least
  hub::HistoryMode historyMode = hub::HistoryMode::None;
  std::string_view historyDirectory = {};  ///< empty: there is none
  std::vector<hub::DocumentName> documents = {};
};

/// What outlives every reload: each hub's segment and the broadcast pipe, kept in httpd's process pool under
/// a key that carries the layout version. Holds nothing that points into the module, which is unloaded
/// meanwhile. The parent's main thread only.
class SharedMemory {
 public:
  /// Finds what an earlier configuration left, or starts anew.
  [[nodiscard]] static tl::expected<SharedMemory, std::string> open(server_rec* server);

  /// Retires every segment that another version of the module has made: its streams end, to come back on this
  /// one's. Once a configuration has been read.
  static void retireOtherLayouts();

  [[nodiscard]] hub::BroadcastPipe pipe() const noexcept;

  /// The segment of the hub `name`: the one that old children still use where it is right, a fresh one
  /// otherwise, the old one being retired. It lives until a later call replaces or retires it.
  [[nodiscard]] tl::expected<std::span<std::byte>, std::string> segment(std::string_view name,
                                                                        const SegmentNeeds& needs);

  /// Whether the hub `name` has its history there already, and so has had it checked.
  [[nodiscard]] bool keepsHistoryIn(std::string_view name, std::string_view directory) const;

  /// Those that are in use.
  [[nodiscard]] std::vector<hub::Segment> segments() const;

  /// Retires the segment of every hub whose name is not among `names`.
  void retireOthers(const std::vector<std::string>& names);

 private:
  struct Retained;
  explicit SharedMemory(Retained* retained) noexcept : retained_(retained) {}
  Retained* retained_;
};

}  // namespace mercure::httpd
