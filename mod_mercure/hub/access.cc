#include "hub/access.h"

#include <algorithm>
#include <utility>

namespace mercure::hub {

void publishAccess(SegmentHeader& header, std::span<const Admission> admissions, bool anonymous) noexcept {
  const std::size_t count = std::min(admissions.size(), kMaxAdmissions);
  header.accessVersion += 1;
  header.anonymousAllowed = anonymous ? 1 : 0;
  header.admissionCount = count;
  for (std::size_t i = 0; i < count; ++i) header.admissions[i].store(admissions[i]);
  header.accessVersion += 1;
}

bool Access::refresh(const SegmentHeader& header, std::span<const SharedDocument> documents) {
  // In this order the next call still finds something new after one that has thrown.
  const bool hasFetched = refreshFetched(documents);
  return refreshPublished(header) || hasFetched;
}

bool Access::refreshFetched(std::span<const SharedDocument> documents) {
  fetched_.resize(documents.size());
  bool isChanged = false;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (documents[i].stamp() == fetched_[i].stamp) continue;
    auto content = documents[i].read();
    fetched_[i] = {documents[i].name(), content.stamp, std::move(content.marks)};
    isChanged = true;
  }
  return isChanged;
}

bool Access::refreshPublished(const SegmentHeader& header) {
  const std::uint32_t version = header.accessVersion;
  if (version == version_ || version % 2 != 0) return false;
  const std::size_t count = std::min<std::size_t>(header.admissionCount, kMaxAdmissions);
  const bool anonymous = header.anonymousAllowed != 0;
  std::vector<Admission> admissions(count);
  for (std::size_t i = 0; i < count; ++i) admissions[i] = header.admissions[i].load();
  if (header.accessVersion != version) return false;  // torn: the next look takes it
  version_ = version;
  anonymous_ = anonymous;
  admissions_ = std::move(admissions);
  return true;
}

bool Access::allows(const std::optional<KeyFingerprint>& key, const IssuerMark& issuer) const noexcept {
  if (version_ == 0) return true;
  if (!key) return anonymous_;
  return std::ranges::any_of(admissions_, [&](const Admission& admission) {
    return admission.issuer == issuer && verifies(admission.verifier, *key);
  });
}

bool Access::verifies(const KeyFingerprint& verifier, const KeyFingerprint& key) const noexcept {
  if (verifier == key) return true;
  const auto document = std::ranges::find(fetched_, verifier, &Fetched::name);
  return document != fetched_.end() && std::ranges::find(document->marks, key) != document->marks.end();
}

}  // namespace mercure::hub
