#include "history/content_check.h"

#include <algorithm>
#include <utility>

#include "history/about.h"
#include "history/keys.h"
#include "history/layout.h"

namespace mercure::history {

namespace {

std::string ofRecord(std::uint64_t sequence, const char* what) {
  return "record " + std::to_string(sequence) + ": " + what;
}

std::string wordsFor(const Fault& fault) {
  return fault.code == FaultCode::OtherLayout
             ? "it was not made with layout version " + std::to_string(kLayoutVersion)
             : std::string("what it says of its layout is damaged");
}

}  // namespace

VisitEntry ContentCheck::visitorOf(std::string_view tree) {
  hasTrees_ = true;
  if (tree == kAboutTree) return [this](Bytes key, Bytes value) { return visitAbout(key, value); };
  if (tree == kIdsTree) return [this](Bytes key, Bytes value) { return visitId(key, value); };
  if (tree == kRecordsTree) return [this](Bytes key, Bytes value) { return visitPart(key, value); };
  return [name = std::string(tree)](Bytes, Bytes) { return "there is an unknown tree: " + name; };
}

std::string ContentCheck::visitAbout(Bytes key, Bytes value) {
  if (std::ranges::equal(key, layoutKey())) {
    const auto about = decodeLayout(value);
    if (!about) return wordsFor(about.error());
    idSeed_ = about->idSeed;
    hasLayout_ = true;
    return {};
  }
  if (std::ranges::equal(key, newestKey())) {
    return decodeNewest(value) ? std::string() : "what is remembered of the newest record is damaged";
  }
  return "there is an unknown entry about the archive";
}

std::string ContentCheck::visitId(Bytes key, Bytes value) {
  if (!IdKey::decoded(key) || !value.empty()) return "an entry of an id is not one";
  ids_ += checksumOf(key);
  return {};
}

std::string ContentCheck::visitPart(Bytes key, Bytes value) {
  const auto name = RecordKey::decoded(key);
  if (!name) return "a record's key is not one";
  if (!hasLayout_) return wordsFor({FaultCode::OtherLayout});
  if (name->sequence != sequence_ || name->part == 0) {
    std::string finding = endRecord();
    if (finding.empty()) finding = name->part == 0 ? beginRecord(name->sequence, value) : std::string();
    if (!finding.empty()) return finding;
    sequence_ = name->sequence;
    if (name->part != 0 && anyWhole_) return ofRecord(sequence_, "it has lost its beginning");
  }
  if (expected_ == 0) return {};
  const std::size_t rest = expected_ - whole_.size();
  if (name->part != whole_.size() / kPartSize || value.size() != std::min(rest, kPartSize)) {
    return ofRecord(sequence_, "its parts don't fit");
  }
  whole_.insert(whole_.end(), value.begin(), value.end());
  return {};
}

std::string ContentCheck::beginRecord(std::uint64_t sequence, Bytes part) {
  const auto head = headOf(part);
  if (!head || head->size < sizeof *head) return ofRecord(sequence, "it has no head");
  whole_.clear();
  expected_ = head->size;
  anyWhole_ = true;
  return {};
}

std::string ContentCheck::endRecord() {
  if (expected_ == 0) return {};
  const std::uint64_t expected = std::exchange(expected_, 0);
  if (whole_.size() != expected) return ofRecord(sequence_, "its end is missing");
  if (!decode(whole_, sequence_, record_)) return ofRecord(sequence_, "its checksum is wrong");
  const IdHash idHash = hashOf(record_.id, idSeed_);
  if (headOf(whole_)->idHash != idHash) return ofRecord(sequence_, "it is filed under another id");
  idsOfRecords_ += checksumOf(IdKey{idHash, sequence_}.encoded());
  return {};
}

std::string ContentCheck::finish() {
  std::string finding = endRecord();
  if (!finding.empty()) return finding;
  if (hasTrees_ && !hasLayout_) return wordsFor({FaultCode::OtherLayout});
  return ids_ == idsOfRecords_ ? std::string() : "the ids are not those of the records";
}

}  // namespace mercure::history
