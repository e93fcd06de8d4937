#include "history/about.h"

#include <sys/random.h>

#include <cstring>
#include <string_view>

#include "history/layout.h"
#include "history/record_format.h"

namespace mercure::history {

namespace {

constexpr std::uint64_t kMagic = 0x5453'4948'4352'454dULL;  // "MERCHIST"

/// The value under "layout". Versions differ behind the version alone.
struct Layout {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kLayoutVersion;
  std::uint32_t unused = 0;
  std::uint64_t idSeed = 0;
  std::uint64_t checksum = 0;  ///< of what comes before
};
static_assert(sizeof(Layout) == 32);

/// The value under "newest" begins so; the id follows.
struct NewestHead {
  std::uint64_t checksum = 0;  ///< of what comes after
  std::uint64_t sequence = 0;
  std::int64_t publishedAt = 0;
};
static_assert(sizeof(NewestHead) == 24);

template <typename T>
Bytes bytesOf(const T& object) noexcept {
  return std::as_bytes(std::span(&object, 1));
}

std::uint64_t checksumFor(const Layout& layout) noexcept {
  return checksumOf(bytesOf(layout).first(offsetof(Layout, checksum)));
}

}  // namespace

Bytes layoutKey() noexcept {
  return history::bytesOf("layout");
}

Bytes newestKey() noexcept {
  return history::bytesOf("newest");
}

std::string newLayout() {
  Layout layout;
  // Without random bytes the seed is 0: ids are then as easy to find twins for as anywhere.
  if (getrandom(&layout.idSeed, sizeof layout.idSeed, 0) != sizeof layout.idSeed) layout.idSeed = 0;
  layout.checksum = checksumFor(layout);
  return std::string(textOf(bytesOf(layout)));
}

tl::expected<About, Fault> decodeLayout(Bytes value) noexcept {
  const auto magic = readAt<std::uint64_t>(value, offsetof(Layout, magic));
  const auto version = readAt<std::uint32_t>(value, offsetof(Layout, version));
  if (magic != kMagic || version != kLayoutVersion) return tl::unexpected(Fault{FaultCode::OtherLayout});
  const auto layout = readAt<Layout>(value, 0);
  if (value.size() != sizeof(Layout) || layout->checksum != checksumFor(*layout)) {
    return tl::unexpected(Fault{FaultCode::Damaged});
  }
  return About{layout->idSeed};
}

std::string encodeNewest(const Newest& newest) {
  NewestHead head{.checksum = 0, .sequence = newest.sequence, .publishedAt = newest.publishedAt};
  std::string text = std::string(textOf(bytesOf(head))) + newest.id;
  head.checksum = checksumOf(history::bytesOf(text).subspan(sizeof head.checksum));
  std::memcpy(text.data(), &head.checksum, sizeof head.checksum);
  return text;
}

std::optional<Newest> decodeNewest(Bytes value) {
  const auto head = readAt<NewestHead>(value, 0);
  if (!head || head->checksum != checksumOf(value.subspan(sizeof head->checksum))) return std::nullopt;
  return Newest{head->sequence, head->publishedAt, std::string(textOf(value.subspan(sizeof *head)))};
}

}  // namespace mercure::history
