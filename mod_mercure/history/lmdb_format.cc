#include "history/lmdb_format.h"

#include <array>

namespace mercure::history::lmdb {

namespace {

constexpr std::size_t kSmallestPage = 512;
constexpr std::size_t kLargestPage = std::size_t{64} << 10U;

tl::expected<Meta, std::string> metaAt(Bytes file, std::size_t offset) {
  const auto header = readAt<PageHeader>(file, offset);
  const auto meta = readAt<Meta>(file, offset + sizeof(PageHeader));
  if (!header || !meta) return tl::unexpected<std::string>("the file ends before its meta pages do");
  if ((header->flags & kMeta) == 0 || meta->magic != kMagic) {
    return tl::unexpected<std::string>("a meta page is not one");
  }
  if (meta->version != kVersion) {
    return tl::unexpected("LMDB's format has version " + std::to_string(meta->version) + ", expected " +
                          std::to_string(kVersion));
  }
  const std::size_t pageSize = meta->freePages.pageSize;
  if (!std::has_single_bit(pageSize) || pageSize < kSmallestPage || pageSize > kLargestPage) {
    return tl::unexpected("the page size is " + std::to_string(pageSize));
  }
  return meta.value();
}

tl::expected<std::array<Meta, kMetaPages>, std::string> bothMetas(Bytes file) {
  const auto first = metaAt(file, 0);
  if (!first) return tl::unexpected(first.error());
  const auto second = metaAt(file, first->freePages.pageSize);
  if (!second) return tl::unexpected(second.error());
  if (first->freePages.pageSize != second->freePages.pageSize) {
    return tl::unexpected<std::string>("the meta pages disagree on the page size");
  }
  return std::array{*first, *second};
}

}  // namespace

tl::expected<std::size_t, std::string> pageSizeOf(Bytes file) {
  return bothMetas(file).map([](const auto& metas) -> std::size_t { return metas[0].freePages.pageSize; });
}

tl::expected<Meta, std::string> newestMeta(Bytes file) {
  const auto metas = bothMetas(file);
  if (!metas) return tl::unexpected(metas.error());
  const bool second = (*metas)[1].transaction > (*metas)[0].transaction;
  const Meta& newest = (*metas)[second ? 1 : 0];
  const Meta& other = (*metas)[second ? 0 : 1];
  const bool untouched = newest.transaction == 0 && other.transaction == 0;
  if (!untouched &&
      (newest.transaction % 2 != (second ? 1 : 0) || other.transaction != newest.transaction - 1)) {
    return tl::unexpected<std::string>("the meta pages are not of two transactions in a row");
  }
  if (newest.freePages.flags != kIntegerKeys || newest.main.flags != 0) {
    return tl::unexpected<std::string>("the meta page has unknown flags");
  }
  return newest;
}

}  // namespace mercure::history::lmdb
