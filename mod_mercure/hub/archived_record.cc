#include "hub/archived_record.h"

namespace mercure::hub {

history::NewRecord toArchive(const Record& record) noexcept {
  return {.sequence = record.sequence,
          .publishedAt = record.publishedAt,
          .flags = record.flags.encoded(),
          .topics = record.topics,
          .id = record.id,
          .event = record.event};
}

void fromArchive(const history::Record& archived, Record& record) {
  record.sequence = archived.sequence;
  record.publishedAt = archived.publishedAt;
  record.flags = RecordFlags::decoded(archived.flags);
  record.isVoid = false;
  record.topics = archived.topics;
  record.id = archived.id;
  record.event = archived.event;
}

}  // namespace mercure::hub
