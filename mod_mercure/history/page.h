#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "history/lmdb_format.h"

namespace mercure::history::lmdb {

struct Node {
  NodeHeader header{};
  Bytes key;
  Bytes value;  ///< empty in a branch; of a value on an overflow page, the page's number
};

/// A branch or leaf page whose nodes have been checked to lie within it, to fill its end without a gap and
/// not to overlap. Its views live as long as the page's bytes.
struct Page {
  bool isLeaf = false;
  std::vector<Node> nodes;  // ascending, if the page is what it should be

  /// The page with that number, or what is wrong with it.
  [[nodiscard]] static tl::expected<Page, std::string> read(Bytes page, Number number);
};

}  // namespace mercure::history::lmdb
