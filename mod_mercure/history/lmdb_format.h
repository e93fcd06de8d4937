#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include <tl/expected.hpp>

#include "history/bytes.h"

// LMDB's data file, version 1, as it lies on the disk: what its own functions trust without looking.
//
//   page 0, 1   PageHeader | Meta: the newest two transactions, the one numbered N on page N % 2
//   others      PageHeader | offsets of nodes (2 bytes each), ascending by key, up to `lower`
//               free bytes, then the nodes from `upper` to the page's end, in any order and without a gap
//               an overflow page instead: `pages` pages of one value, after one header
//   node        NodeHeader | key | value: in a leaf; of a value on an overflow page, the page's number only
namespace mercure::history::lmdb {

using Number = std::size_t;  // of a page or a transaction
static_assert(sizeof(Number) == 8 && std::endian::native == std::endian::little,
              "nodes were only ever read on such a machine");

inline constexpr std::uint32_t kMagic = 0xBEEF'C0DE;
inline constexpr std::uint32_t kVersion = 1;
inline constexpr Number kNoPage = ~Number{0};
inline constexpr Number kMetaPages = 2;

enum PageFlags : std::uint16_t { kBranch = 0x01, kLeaf = 0x02, kOverflow = 0x04, kMeta = 0x08 };
enum NodeFlags : std::uint16_t { kBigValue = 0x01, kSubTree = 0x02 };
enum TreeFlags : std::uint16_t { kIntegerKeys = 0x08 };

struct PageHeader {
  Number number;
  std::uint16_t unused;
  std::uint16_t flags;
  std::uint16_t lower;
  std::uint16_t upper;

  [[nodiscard]] std::uint32_t overflowPages() const noexcept { return lower | std::uint32_t{upper} << 16U; }
};
static_assert(sizeof(PageHeader) == 16);

struct NodeHeader {
  std::uint16_t low;  ///< of the value's size, or of a child's page number, as is the next
  std::uint16_t high;
  std::uint16_t flags;  ///< of a child's page number the highest part
  std::uint16_t keySize;

  [[nodiscard]] std::uint32_t valueSize() const noexcept { return low | std::uint32_t{high} << 16U; }
  [[nodiscard]] Number child() const noexcept { return valueSize() | Number{flags} << 32U; }
};
static_assert(sizeof(NodeHeader) == 8);

struct Tree {
  std::uint32_t pageSize;  ///< in the first tree of a Meta; else unused
  std::uint16_t flags;
  std::uint16_t depth;
  Number branchPages;
  Number leafPages;
  Number overflowPages;
  std::size_t entries;
  Number root;
};
static_assert(sizeof(Tree) == 48);

struct Meta {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint64_t address;
  std::size_t mapSize;
  Tree freePages;
  Tree main;
  Number lastPage;
  Number transaction;
};
static_assert(sizeof(Meta) == 136 && std::is_trivially_copyable_v<Meta>);

/// Whether both meta pages are there, of this version, and agree on a page size that LMDB may calculate with:
/// the page size, or what is wrong. All that is looked at stays the same while others write.
[[nodiscard]] tl::expected<std::size_t, std::string> pageSizeOf(Bytes file);

/// The newest meta page of a file that nobody writes to, or what is wrong with the two.
[[nodiscard]] tl::expected<Meta, std::string> newestMeta(Bytes file);

}  // namespace mercure::history::lmdb
