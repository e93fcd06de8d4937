#include "endpoint/cursor.h"

#include <algorithm>
#include <optional>

namespace mercure::endpoint {

namespace {

constexpr std::string_view kEarliest = "earliest";

/// The first value of a parameter that is not empty, or an empty one where it is only there.
std::optional<std::string> parameter(Query query, std::string_view name) {
  std::optional<std::string> found;
  for (const protocol::FormField& each : query)
    if (each.name == name && (!found || found->empty())) found = each.value;
  return found;
}

std::optional<std::string> field(const Request& request) {
  std::optional<std::string> found;
  for (const std::string_view value : request.fields("Last-Event-ID"))
    if (!found || found->empty()) found = std::string(value);
  return found;
}

}  // namespace

Cursor Cursor::read(const Request& request, Query query) {
  const auto inField = field(request);
  const auto inNew = parameter(query, "last_event_id");
  const auto inOld = parameter(query, "lastEventID");
  Cursor cursor;
  cursor.inField = inField.has_value();
  cursor.inOld = inOld.has_value();
  cursor.inNew = inNew.has_value();
  for (const auto& value : {inField, inNew, inOld})
    if (cursor.id.empty()) cursor.id = value.value_or("");
  return cursor;
}

bool Cursor::asksForOne() const noexcept {
  return !id.empty() && id != kEarliest;
}

tl::expected<Resumption, std::string> resume(const Cursor& cursor, const hub::Place& end, hub::Hub& hub) {
  if (cursor.id.empty()) return Resumption{end};
  const auto inWords = [](const auto& fault) { return describe(fault); };
  if (cursor.id == kEarliest)
    return hub.begin().map([](const hub::Place& begin) { return Resumption{begin}; }).map_error(inWords);
  return hub.placeAfter(cursor.id)
      .map([&](const std::optional<hub::Place>& place) {
        return Resumption{place.value_or(end), place.has_value()};
      })
      .map_error(inWords);
}

void answerCursor(const Cursor& cursor, const Resumption& resumption, const CursorAskers& askers,
                  Response& response) {
  const std::string value = resumption.isKnown ? cursor.id : std::string(kEarliest);
  const bool eitherAsks = askers.servesBoth && cursor.inField && !cursor.inOld && !cursor.inNew;
  // An empty cursor is none in 0.x (P0-REC-02), and answered all the same in 1.0 (P1-REC-06).
  const bool asksOld = !cursor.id.empty() && (askers.hasTopics || cursor.inOld || eitherAsks);
  const bool asksNew = (cursor.inField || cursor.inNew || !cursor.id.empty()) &&
                       (askers.hasMatchers || cursor.inNew || eitherAsks);
  if (asksOld) response.fields.emplace_back("Last-Event-ID", value);
  if (asksNew) response.fields.emplace_back("Mercure-Last-Event-ID", value);
}

}  // namespace mercure::endpoint
