#pragma once

#include "history/record.h"
#include "hub/log.h"

namespace mercure::hub {

/// A record as the archive takes it; views of `record`.
[[nodiscard]] history::NewRecord toArchive(const Record& record) noexcept;

/// Copies a record that came from the archive into `record`, reusing its storage.
void fromArchive(const history::Record& archived, Record& record);

}  // namespace mercure::hub
