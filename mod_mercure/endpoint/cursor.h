#pragma once

#include <string>

#include <tl/expected.hpp>

#include "endpoint/answer.h"
#include "endpoint/authorization.h"
#include "endpoint/request.h"
#include "hub/hub.h"

namespace mercure::endpoint {

/// The update after which a subscriber wants to go on, and how it said so (ANY-04).
struct Cursor {
  std::string id;        ///< empty: it wants nothing of the past
  bool inField = false;  ///< `Last-Event-ID` is there, even empty
  bool inOld = false;    ///< `lastEventID` is there, even empty
  bool inNew = false;    ///< `last_event_id` is there, even empty

  /// Whether it names an update, and not the beginning.
  [[nodiscard]] bool asksForOne() const noexcept;

  [[nodiscard]] static Cursor read(const Request& request, Query query);
};

/// Where a stream begins after a cursor was looked up.
struct Resumption {
  hub::Place start;
  bool isKnown = false;  ///< the cursor's update is kept
};

/// Looks a cursor up: `earliest` is everything that is kept, and an unknown id nothing of the past (draft 07,
/// "Reconciliation"). `end` is where the stream begins then. When the history can't be read: why, for the
/// log.
[[nodiscard]] tl::expected<Resumption, std::string> resume(const Cursor& cursor, const hub::Place& end,
                                                           hub::Hub& hub);

/// Which generations a request with a cursor speaks.
struct CursorAskers {
  bool hasTopics;    ///< it has matchers of 0.x
  bool hasMatchers;  ///< it has matchers of 1.0
  bool servesBoth;   ///< the hub serves both generations
};

/// Answers a cursor in the fields of the generations that asked for it (ANY-04): the id itself where its
/// update is known, else `earliest`. An EventSource that comes back with the field alone may be of either.
void answerCursor(const Cursor& cursor, const Resumption& resumption, const CursorAskers& askers,
                  Response& response);

}  // namespace mercure::endpoint
