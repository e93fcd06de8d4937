#include "history/page.h"

#include <algorithm>
#include <utility>

namespace mercure::history::lmdb {

namespace {

using Extent = std::pair<std::size_t, std::size_t>;  // an offset, and where it ends

constexpr std::size_t even(std::size_t size) noexcept {
  return (size + 1) / 2 * 2;
}

std::optional<Node> nodeAt(Bytes page, std::size_t offset, bool isLeaf) noexcept {
  const auto header = readAt<NodeHeader>(page, offset);
  if (!header) return std::nullopt;
  Bytes rest = page.subspan(offset + sizeof *header);
  const bool isElsewhere = (header->flags & kBigValue) != 0;
  std::size_t valueSize = 0;
  if (isLeaf) valueSize = isElsewhere ? sizeof(Number) : header->valueSize();
  if (header->keySize > rest.size() || valueSize > rest.size() - header->keySize) return std::nullopt;
  return Node{*header, rest.first(header->keySize), rest.subspan(header->keySize, valueSize)};
}

/// Whether the nodes fill the bytes from `from` to `to`: LMDB moves them about by what lies around them.
bool fill(std::vector<Extent>& extents, std::size_t from, std::size_t to) {
  std::ranges::sort(extents);
  for (const auto& [begin, end] : extents) {
    if (begin != from) return false;
    from = end;
  }
  return from == to;
}

}  // namespace

tl::expected<Page, std::string> Page::read(Bytes page, Number number) {
  const auto header = readAt<PageHeader>(page, 0);
  if (!header || header->number != number) return tl::unexpected<std::string>("it has another page's number");
  if (header->flags != kLeaf && header->flags != kBranch) {
    return tl::unexpected<std::string>("it is neither a leaf nor a branch");
  }
  if (header->lower < sizeof *header || header->lower % 2 != 0 || header->upper < header->lower ||
      header->upper > page.size()) {
    return tl::unexpected<std::string>("its free part is out of bounds");
  }

  Page result{.isLeaf = header->flags == kLeaf, .nodes = {}};
  std::vector<Extent> extents;
  for (std::size_t at = sizeof *header; at < header->lower; at += sizeof(std::uint16_t)) {
    const std::size_t offset = readAt<std::uint16_t>(page, at).value_or(0);
    const auto node = nodeAt(page, offset, result.isLeaf);
    if (!node) return tl::unexpected<std::string>("a node is out of bounds");
    extents.emplace_back(offset, offset + even(sizeof(NodeHeader) + node->key.size() + node->value.size()));
    result.nodes.push_back(*node);
  }
  if (!fill(extents, header->upper, page.size())) {
    return tl::unexpected<std::string>("its nodes overlap or leave gaps");
  }
  return result;
}

}  // namespace mercure::history::lmdb
