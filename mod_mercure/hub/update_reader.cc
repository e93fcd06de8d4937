#include "hub/update_reader.h"

#include "hub/archived_record.h"

namespace mercure::hub {

namespace {

constexpr std::size_t kBytesAtOnce = 1U << 16U;
constexpr std::size_t kUpdatesAtOnce = 256;

}  // namespace

UpdateReader::UpdateReader(Segment segment, History* history, const Place& place)
    : segment_(segment),
      history_(history),
      log_(segment, place.position),
      sequence_(place.sequence),
      isInLog_(place.position != kNotInLog),
      // A place in a log that nobody has told where the archive ends says nothing about the archive.
      mayUseArchive_(history != nullptr && (!isInLog_ || place.sequence != 0)),
      slice_(kBytesAtOnce, kUpdatesAtOnce) {
}

UpdateReader::Outcome UpdateReader::next(Record& record) {
  const Outcome outcome = isInLog_ ? nextInLog(record) : nextInArchive(record);
  if (outcome != Outcome::Read) return outcome;
  sequence_ = record.sequence;
  mayUseArchive_ = history_ != nullptr;
  return outcome;
}

UpdateReader::Outcome UpdateReader::nextInLog(Record& record) {
  for (;;) {
    const Outcome outcome = log_.next(record);
    if (outcome == Outcome::NothingNew) return outcome;
    if (outcome == Outcome::Overrun) break;
    if (record.sequence > sequence_) return outcome;
  }
  if (!mayUseArchive_) return Outcome::Overrun;
  isInLog_ = false;
  id_.clear();
  slice_ = history::Slice(kBytesAtOnce, kUpdatesAtOnce);
  used_ = 0;
  return nextInArchive(record);
}

UpdateReader::Outcome UpdateReader::nextInArchive(Record& record) {
  for (;;) {
    if (used_ < slice_.records().size()) {
      fromArchive(slice_.records()[used_++], record);
      id_ = record.id;
      return Outcome::Read;
    }
    // First: what the log loses from here on is in the archive when that is read.
    const Place oldestInLog = Log(segment_).begin();
    const bool isRead = readSlice();
    if (isRead && !slice_.records().empty()) continue;
    goToLog(oldestInLog);
    if (isRead || oldestInLog.sequence <= sequence_) return nextInLog(record);
    sequence_ = oldestInLog.sequence;
    return Outcome::Overrun;
  }
}

/// False when the archive can't be read, or what came next is pruned.
bool UpdateReader::readSlice() {
  used_ = 0;
  const auto archive = history_ != nullptr ? history_->archive() : tl::unexpected(history::Fault{});
  return archive && (*archive)->read(sequence_, slice_) && !slice_.isOvertaken();
}

/// After the update that was given last, or to the oldest one that the log has.
void UpdateReader::goToLog(const Place& oldest) {
  const Place place = Log(segment_).placeAfter(id_, sequence_).value_or(oldest);
  log_ = LogReader(segment_, place.position);
  isInLog_ = true;
}

void UpdateReader::trim() {
  log_ = LogReader(segment_, log_.position());
  if (isInLog_) slice_ = history::Slice(kBytesAtOnce, kUpdatesAtOnce);
}

}  // namespace mercure::hub
