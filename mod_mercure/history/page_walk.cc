#include "history/page_walk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "history/lmdb_format.h"
#include "history/page.h"

namespace mercure::history {

namespace {

using lmdb::Number;

/// As LMDB's own: bytes, then length.
bool less(Bytes left, Bytes right) noexcept {
  return std::ranges::lexicographical_compare(left, right);
}

bool lessAsNumbers(Bytes left, Bytes right) noexcept {
  return readAt<Number>(left, 0) < readAt<Number>(right, 0);
}

/// What the keys below a node lie between: from the first on, up to the second; none: no bound.
struct Bounds {
  std::optional<Bytes> from;
  std::optional<Bytes> to;
};

/// One tree: what it says of itself, and what was counted in it.
struct TreeWalk {
  const lmdb::Tree& tree;
  const VisitEntry& visit;
  std::optional<Bytes> lastKey = std::nullopt;
  lmdb::Tree counted{};

  [[nodiscard]] bool keysAreNumbers() const noexcept { return (tree.flags & lmdb::kIntegerKeys) != 0; }
  [[nodiscard]] bool less(Bytes left, Bytes right) const noexcept {
    return keysAreNumbers() ? lessAsNumbers(left, right) : history::less(left, right);
  }
  [[nodiscard]] bool agrees() const noexcept {
    return tree.branchPages == counted.branchPages && tree.leafPages == counted.leafPages &&
           tree.overflowPages == counted.overflowPages && tree.entries == counted.entries;
  }
};

/// Every step gives false once something is wrong; finding_ says what.
class PageWalk {
 public:
  PageWalk(Bytes file, const VisitTree& visitTree) noexcept : file_(file), visitTree_(visitTree) {}

  std::optional<std::string> findDamage();

 private:
  bool walkFile();
  bool walkTree(const lmdb::Tree& tree, const VisitEntry& visit, bool holdsTrees = false);
  bool walkPage(TreeWalk& walk, Number number, unsigned depth, const Bounds& bounds);
  bool walkBranch(TreeWalk& walk, const lmdb::Page& page, unsigned depth, const Bounds& bounds);
  bool walkLeaf(TreeWalk& walk, const lmdb::Page& page, const Bounds& bounds);
  bool visitNode(TreeWalk& walk, const lmdb::Node& node);
  bool visitNamedTree(Bytes name, Bytes value);
  bool visitFreePages(Bytes key, Bytes list);
  bool takeBigValue(TreeWalk& walk, const lmdb::Node& node, Bytes& value);

  bool claim(Number first, Number count);
  [[nodiscard]] bool isInFile(Number first, Number count) const noexcept;
  [[nodiscard]] Bytes pages(Number first, Number count) const noexcept;
  bool fail(std::string what);

  Bytes file_;
  const VisitTree& visitTree_;
  std::string finding_;
  lmdb::Meta meta_{};
  std::size_t pageSize_ = 0;
  std::vector<bool> claimed_;  // by page: used by a tree, or free
};

std::optional<std::string> PageWalk::findDamage() {
  if (walkFile()) return std::nullopt;
  return finding_;
}

bool PageWalk::walkFile() {
  const auto meta = lmdb::newestMeta(file_);
  if (!meta) return fail(meta.error());
  meta_ = *meta;
  pageSize_ = meta_.freePages.pageSize;
  // The last pages may be free ones that were never written. Far more would be a number out of thin air.
  if (meta_.lastPage < lmdb::kMetaPages - 1 || meta_.lastPage / 2 > file_.size() / pageSize_) {
    return fail("the file has " + std::to_string(file_.size()) + " bytes, far from what its " +
                std::to_string(meta_.lastPage) + " pages take");
  }
  claimed_.assign(meta_.lastPage + 1, false);
  claimed_[0] = claimed_[1] = true;
  const VisitEntry freePages = [this](Bytes key, Bytes list) {
    return visitFreePages(key, list) ? std::string() : finding_;
  };
  return walkTree(meta_.freePages, freePages) && walkTree(meta_.main, {}, true);
}

bool PageWalk::walkTree(const lmdb::Tree& tree, const VisitEntry& visit, bool holdsTrees) {
  static constexpr unsigned kDeepest = 32;  // LMDB's stack
  if (tree.root == lmdb::kNoPage) {
    return tree.entries == 0 && tree.depth == 0 ? true : fail("a tree has entries but no root");
  }
  if (tree.depth == 0 || tree.depth > kDeepest) {
    return fail("a tree has a depth of " + std::to_string(tree.depth));
  }
  const VisitEntry named = [this](Bytes name, Bytes value) {
    return visitNamedTree(name, value) ? std::string() : finding_;
  };
  TreeWalk walk{.tree = tree, .visit = holdsTrees ? named : visit};
  if (!walkPage(walk, tree.root, 1, {})) return false;
  return walk.agrees() || fail("a tree's counts are not those of its pages");
}

bool PageWalk::walkPage(TreeWalk& walk, Number number, unsigned depth, const Bounds& bounds) {
  if (!claim(number, 1)) return false;
  const auto page = lmdb::Page::read(pages(number, 1), number);
  const auto where = [number] { return "page " + std::to_string(number) + ": "; };
  if (!page) return fail(where() + page.error());
  if (page->isLeaf != (depth == walk.tree.depth)) return fail(where() + "it is not in its place in the tree");
  // LMDB aborts on a branch with one child, but for its list of free pages.
  const bool mayHaveOne = page->isLeaf || walk.keysAreNumbers();
  if (page->nodes.size() < (mayHaveOne ? 1U : 2U)) return fail(where() + "it has too few nodes");
  return page->isLeaf ? walkLeaf(walk, *page, bounds) : walkBranch(walk, *page, depth, bounds);
}

bool PageWalk::walkBranch(TreeWalk& walk, const lmdb::Page& page, unsigned depth, const Bounds& bounds) {
  ++walk.counted.branchPages;
  for (std::size_t i = 0; i < page.nodes.size(); ++i) {
    // The first child has no key of its own: its keys begin where the branch's do.
    const Bounds child{.from = i == 0 ? bounds.from : page.nodes[i].key,
                       .to = i + 1 < page.nodes.size() ? page.nodes[i + 1].key : bounds.to};
    const bool ascends = !child.from || !child.to || walk.less(*child.from, *child.to);
    if (!ascends) return fail("a branch's keys don't ascend");
    if (!walkPage(walk, page.nodes[i].header.child(), depth + 1, child)) return false;
  }
  return true;
}

bool PageWalk::walkLeaf(TreeWalk& walk, const lmdb::Page& page, const Bounds& bounds) {
  ++walk.counted.leafPages;
  for (const lmdb::Node& node : page.nodes) {
    if (walk.keysAreNumbers() && node.key.size() != sizeof(Number)) return fail("a key is not a number");
    if (walk.lastKey && !walk.less(*walk.lastKey, node.key)) return fail("keys don't ascend");
    if (bounds.from && walk.less(node.key, *bounds.from)) return fail("a key is below its branch's");
    if (bounds.to && !walk.less(node.key, *bounds.to)) return fail("a key is above its branch's");
    walk.lastKey = node.key;
    if (!visitNode(walk, node)) return false;
  }
  return true;
}

bool PageWalk::visitNode(TreeWalk& walk, const lmdb::Node& node) {
  ++walk.counted.entries;
  const bool isTree = (node.header.flags & lmdb::kSubTree) != 0;
  if ((node.header.flags & ~(lmdb::kBigValue | lmdb::kSubTree)) != 0 ||
      isTree != (&walk.tree == &meta_.main)) {
    return fail("a node has unknown flags");
  }
  Bytes value = node.value;
  if ((node.header.flags & lmdb::kBigValue) != 0 && !takeBigValue(walk, node, value)) return false;
  if (!walk.visit) return true;
  std::string finding = walk.visit(node.key, value);
  return finding.empty() || fail(std::move(finding));
}

bool PageWalk::takeBigValue(TreeWalk& walk, const lmdb::Node& node, Bytes& value) {
  const Number first = readAt<Number>(node.value, 0).value_or(0);
  const std::size_t size = node.header.valueSize();
  if (!isInFile(first, 1)) return fail("a value is not in the file");
  const auto header = readAt<lmdb::PageHeader>(pages(first, 1), 0);
  const Number count = header->overflowPages();
  if (header->number != first || header->flags != lmdb::kOverflow ||
      count < (sizeof *header + size + pageSize_ - 1) / pageSize_) {
    return fail("page " + std::to_string(first) + ": it is not where a value of " + std::to_string(size) +
                " bytes lies");
  }
  if (!claim(first, count)) return false;
  walk.counted.overflowPages += count;
  value = pages(first, count).subspan(sizeof *header, size);
  return true;
}

bool PageWalk::visitNamedTree(Bytes name, Bytes value) {
  const auto tree = readAt<lmdb::Tree>(value, 0);
  if (!tree || value.size() != sizeof *tree || tree->flags != 0) return fail("a tree has no description");
  return walkTree(*tree, visitTree_(textOf(name)));
}

/// A list of free pages: how many, then their numbers, descending. It may be followed by unused room.
bool PageWalk::visitFreePages(Bytes key, Bytes list) {
  const Number freedBy = readAt<Number>(key, 0).value_or(0);
  const Number count = readAt<Number>(list, 0).value_or(0);
  if (freedBy > meta_.transaction || list.size() < sizeof(Number) ||
      count > list.size() / sizeof(Number) - 1) {
    return fail("a list of free pages is not one");
  }
  Number last = meta_.lastPage + 1;
  for (std::size_t i = 1; i <= count; ++i) {
    const Number page = readAt<Number>(list, i * sizeof(Number)).value_or(0);
    if (page >= last || claimed_[page]) {
      return fail("page " + std::to_string(page) + ": it is listed as free, but out of bounds or in use");
    }
    claimed_[page] = true;
    last = page;
  }
  return true;
}

/// Takes pages for a tree's: no page may be in two places.
bool PageWalk::claim(Number first, Number count) {
  if (!isInFile(first, count)) return fail("page " + std::to_string(first) + ": it is not in the file");
  for (Number page = first; page < first + count; ++page) {
    if (claimed_[page]) return fail("page " + std::to_string(page) + ": it is in use twice, or free");
    claimed_[page] = true;
  }
  return true;
}

bool PageWalk::isInFile(Number first, Number count) const noexcept {
  const Number inFile = std::min<Number>(file_.size() / pageSize_, claimed_.size());
  return first < inFile && count <= inFile - first;
}

Bytes PageWalk::pages(Number first, Number count) const noexcept {
  return file_.subspan(first * pageSize_, count * pageSize_);
}

bool PageWalk::fail(std::string what) {
  finding_ = std::move(what);
  return false;
}

}  // namespace

std::optional<std::string> findDamage(Bytes file, const VisitTree& visit) {
  return PageWalk(file, visit).findDamage();
}

}  // namespace mercure::history
