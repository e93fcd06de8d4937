#include "httpd/shared_memory.h"

#include <algorithm>

#include <apr_shm.h>
#include <apr_strings.h>

#include "hub/segment.h"

namespace mercure::httpd {
namespace {

struct RetainedHub {
  RetainedHub* next;
  apr_pool_t* pool;
  const char* name;
  apr_shm_t* memory;
};

std::span<std::byte> bytesOf(const RetainedHub& hub) {
  return {static_cast<std::byte*>(apr_shm_baseaddr_get(hub.memory)), apr_shm_size_get(hub.memory)};
}

std::string reasonOf(apr_status_t status) {
  char text[128];
  return apr_strerror(status, text, sizeof text);
}

/// Old children keep their own mapping; only the parent's goes.
void retire(const RetainedHub& hub) {
  if (hub::Segment::validate(bytesOf(hub))) hub::Segment(bytesOf(hub)).header().retired.store(1);
  apr_pool_destroy(hub.pool);
}

bool fits(const RetainedHub& hub, std::size_t size, std::size_t slots) {
  if (!hub::Segment::validate(bytesOf(hub))) return false;
  const hub::SegmentHeader& header = hub::Segment(bytesOf(hub)).header();
  return header.slotCount >= slots && hub::Segment::requiredSize(header.ringSize, slots) == size;
}

}  // namespace

struct SharedMemory::Retained {
  apr_pool_t* pool;
  apr_file_t* readEnd;
  apr_file_t* writeEnd;
  RetainedHub* hubs;
};

tl::expected<SharedMemory, std::string> SharedMemory::open(server_rec* server) {
  const std::string key = "mod_mercure:" + std::to_string(hub::kLayoutVersion);
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
      return tl::unexpected("the broadcast pipe cannot be made: " + reasonOf(status));
    }
  }
  return SharedMemory(retained);
}

hub::BroadcastPipe SharedMemory::pipe() const noexcept {
  return {retained_->readEnd, retained_->writeEnd};
}

tl::expected<std::span<std::byte>, std::string> SharedMemory::segment(std::string_view name,
                                                                      std::size_t logSize,
                                                                      std::size_t slots) {
  const std::size_t size = hub::Segment::requiredSize(logSize, slots);
  for (RetainedHub** link = &retained_->hubs; *link != nullptr; link = &(*link)->next) {
    if (name != (*link)->name) continue;
    if (fits(**link, size, slots)) return bytesOf(**link);
    RetainedHub* old = *link;
    *link = old->next;
    retire(*old);
    break;
  }

  apr_pool_t* pool = nullptr;
  apr_pool_create(&pool, retained_->pool);
  auto* made = static_cast<RetainedHub*>(apr_pcalloc(pool, sizeof(RetainedHub)));
  made->pool = pool;
  made->name = apr_pstrndup(pool, name.data(), name.size());
  const apr_status_t status = size == 0 ? APR_ENOMEM : apr_shm_create(&made->memory, size, nullptr, pool);
  if (status != APR_SUCCESS) {
    apr_pool_destroy(pool);
    return tl::unexpected("no shared memory for the log (MercureLogSize): " + reasonOf(status));
  }
  if (!hub::Segment::create(bytesOf(*made), logSize, slots)) {
    apr_pool_destroy(pool);
    return tl::unexpected(std::string("the shared memory cannot be laid out"));
  }
  made->next = retained_->hubs;
  retained_->hubs = made;
  return bytesOf(*made);
}

void SharedMemory::retireOthers(const std::vector<std::string>& names) {
  for (RetainedHub** link = &retained_->hubs; *link != nullptr;) {
    RetainedHub* hub = *link;
    if (std::find(names.begin(), names.end(), hub->name) != names.end()) {
      link = &hub->next;
      continue;
    }
    *link = hub->next;
    retire(*hub);
  }
}

}  // namespace mercure::httpd
