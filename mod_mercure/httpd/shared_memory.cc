#include "httpd/shared_memory.h"

#include <algorithm>

#include <apr_shm.h>
#include <apr_strings.h>

#include "hub/segment.h"

namespace mercure::httpd {
namespace {

// As below, what is new comes last.
struct RetainedHub {
  RetainedHub* next;
  apr_pool_t* pool;
  const char* name;
  apr_shm_t* memory;
  const char* historyDirectory;
};

std::span<std::byte> bytesOf(const RetainedHub& hub) {
  return {static_cast<std::byte*>(apr_shm_baseaddr_get(hub.memory)), apr_shm_size_get(hub.memory)};
}

std::string reasonOf(apr_status_t status) {
  char text[128];
  return apr_strerror(status, text, sizeof text);
}

/// Old children and keepers have their own mapping; only the parent's goes.
void retire(const RetainedHub& hub, const hub::BroadcastPipe& pipe) {
  hub::Segment::retire(bytesOf(hub));
  apr_pool_destroy(hub.pool);
  pipe.post();
}

/// What was fetched stays, whatever else a reload changes: its issuer may be down just now.
void inheritDocuments(const RetainedHub& former, const RetainedHub& hub) {
  if (!hub::Segment::validate(bytesOf(former))) return;
  const hub::Segment old(bytesOf(former));
  for (hub::SharedDocument& document : hub::Segment(bytesOf(hub)).documents())
    if (const hub::SharedDocument* known = old.document(document.name())) document.inherit(*known);
}

tl::expected<RetainedHub*, std::string> makeHub(apr_pool_t* parent, std::string_view name,
                                                const SegmentNeeds& needs) {
  apr_pool_t* pool = nullptr;
  apr_pool_create(&pool, parent);
  auto* made = static_cast<RetainedHub*>(apr_pcalloc(pool, sizeof(RetainedHub)));
  made->pool = pool;
  made->name = apr_pstrndup(pool, name.data(), name.size());
  made->historyDirectory = apr_pstrdup(pool, std::string(needs.historyDirectory).c_str());
  const std::size_t size = hub::Segment::requiredSize(needs.logSize, needs.slots, needs.documents.size());
  const apr_status_t status = size == 0 ? APR_ENOMEM : apr_shm_create(&made->memory, size, nullptr, pool);
  if (status != APR_SUCCESS) {
    apr_pool_destroy(pool);
    return tl::unexpected("no shared memory for the log: " + reasonOf(status) +
                          "; expected enough of it for MercureLogSize, which can be made smaller");
  }
  if (!hub::Segment::create(bytesOf(*made), needs.logSize, needs.slots, needs.historyMode, needs.documents)) {
    apr_pool_destroy(pool);
    return tl::unexpected(std::string("the shared memory cannot be laid out"));
  }
  return made;
}

bool fits(const RetainedHub& hub, const SegmentNeeds& needs) {
  if (!hub::Segment::validate(bytesOf(hub))) return false;
  const hub::SegmentHeader& header = hub::Segment(bytesOf(hub)).header();
  const auto sizeFor = [&](std::size_t logSize) {
    return hub::Segment::requiredSize(logSize, needs.slots, needs.documents.size());
  };
  return header.slotCount >= needs.slots && sizeFor(header.ringSize) == sizeFor(needs.logSize) &&
         header.historyMode == needs.historyMode &&
         hub::Segment(bytesOf(hub)).hasDocuments(needs.documents) &&
         hub.historyDirectory == needs.historyDirectory;
}

}  // namespace

// These begin alike in every layout version, so that one can take another's place.
struct SharedMemory::Retained {
  apr_pool_t* pool;
  apr_file_t* readEnd;
  apr_file_t* writeEnd;
  RetainedHub* hubs;
};

namespace {

/// Versions before and after this one that a server may be reloaded from.
constexpr std::uint32_t kLayoutVersions = 64;

std::string keyOf(std::uint32_t layoutVersion) {
  return "mod_mercure:" + std::to_string(layoutVersion);
}

}  // namespace

void SharedMemory::retireOtherLayouts() {
  for (std::uint32_t version = 1; version <= kLayoutVersions; ++version) {
    if (version == hub::kLayoutVersion) continue;
    auto* other = static_cast<Retained*>(ap_retained_data_get(keyOf(version).c_str()));
    if (other == nullptr || other->readEnd == nullptr) continue;
    const hub::BroadcastPipe pipe(other->readEnd, other->writeEnd);
    while (other->hubs != nullptr) {
      RetainedHub* hub = other->hubs;
      other->hubs = hub->next;
      retire(*hub, pipe);
    }
  }
}

tl::expected<SharedMemory, std::string> SharedMemory::open(server_rec* server) {
  const std::string key = keyOf(hub::kLayoutVersion);
  auto* retained = static_cast<Retained*>(ap_retained_data_get(key.c_str()));
  if (retained == nullptr) {
    retained = static_cast<Retained*>(ap_retained_data_create(key.c_str(), sizeof(Retained)));
    retained->pool = server->process->pool;
  }
  if (retained->readEnd == nullptr) {
    const apr_status_t status =
        hub::BroadcastPipe::create(retained->pool, &retained->readEnd, &retained->writeEnd);
    if (status != APR_SUCCESS) {
      retained->readEnd = nullptr;
      return tl::unexpected("the pipe that wakes the hub's processes cannot be made: " + reasonOf(status) +
                            "; expected a free descriptor in httpd's parent");
    }
  }
  return SharedMemory(retained);
}

hub::BroadcastPipe SharedMemory::pipe() const noexcept {
  return {retained_->readEnd, retained_->writeEnd};
}

tl::expected<std::span<std::byte>, std::string> SharedMemory::segment(std::string_view name,
                                                                      const SegmentNeeds& needs) {
  RetainedHub* former = nullptr;
  for (RetainedHub** link = &retained_->hubs; *link != nullptr; link = &(*link)->next) {
    if (name != (*link)->name) continue;
    if (fits(**link, needs)) return bytesOf(**link);
    former = *link;
    *link = former->next;
    break;
  }
  auto made = makeHub(retained_->pool, name, needs);
  if (former != nullptr) {
    if (made) inheritDocuments(*former, **made);
    retire(*former, pipe());
  }
  if (!made) return tl::unexpected(std::move(made).error());
  (*made)->next = retained_->hubs;
  retained_->hubs = *made;
  return bytesOf(**made);
}

bool SharedMemory::keepsHistoryIn(std::string_view name, std::string_view directory) const {
  for (const RetainedHub* hub = retained_->hubs; hub != nullptr; hub = hub->next)
    if (name == hub->name) return directory == hub->historyDirectory;
  return false;
}

std::vector<hub::Segment> SharedMemory::segments() const {
  std::vector<hub::Segment> segments;
  for (const RetainedHub* hub = retained_->hubs; hub != nullptr; hub = hub->next)
    segments.emplace_back(bytesOf(*hub));
  return segments;
}

void SharedMemory::retireOthers(const std::vector<std::string>& names) {
  for (RetainedHub** link = &retained_->hubs; *link != nullptr;) {
    RetainedHub* hub = *link;
    if (std::find(names.begin(), names.end(), hub->name) != names.end()) {
      link = &hub->next;
      continue;
    }
    *link = hub->next;
    retire(*hub, pipe());
  }
}

}  // namespace mercure::httpd
