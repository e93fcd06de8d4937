#include "history/page_walk.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "history/lmdb_format.h"
#include "history/page.h"
#include "history/sound_archive.h"

#include <CppUTest/TestHarness.h>

namespace mercure::history::test {

TEST_GROUP(PageWalk) {
  static constexpr std::size_t kPage = SoundArchive::kPage;
  SoundArchive sound;

  static tl::expected<lmdb::Page, std::string> pageAt(const std::string& bytes, lmdb::Number number) {
    return lmdb::Page::read(bytesOf(bytes).subspan(number * kPage, kPage), number);
  }
  [[nodiscard]] std::size_t offsetOf(Bytes part) const {
    return static_cast<std::size_t>(part.data() - bytesOf(sound.bytes).data());
  }
  static std::string findingIn(const std::string& bytes) {
    return findDamage(bytesOf(bytes), [](std::string_view) { return VisitEntry(); }).value_or("");
  }

  /// In a buffer of exactly the file's size, so that a sanitizer sees every look beyond it.
  static bool isSound(const std::string& bytes) {
    const std::vector<std::byte> exact = [&] {
      const Bytes view = bytesOf(bytes);
      return std::vector<std::byte>(view.begin(), view.end());
    }();
    std::size_t touched = 0;
    const auto damage = findDamage(exact, [&](std::string_view) -> VisitEntry {
      return [&](Bytes key, Bytes value) {
        for (const Bytes part : {key, value}) {
          for (const std::byte byte : part) touched += std::to_integer<std::size_t>(byte);
        }
        return std::string();
      };
    });
    if (damage) CHECK_FALSE(damage->empty());
    return !damage;
  }
};

TEST(PageWalk, comesToEveryEntryInOrder) {
  std::vector<std::string> trees;
  std::vector<std::string> keys;
  const auto damage = findDamage(bytesOf(sound.bytes), [&](std::string_view tree) -> VisitEntry {
    trees.emplace_back(tree);
    if (tree != "ids") return {};
    return [&](Bytes key, Bytes) {
      keys.emplace_back(textOf(key));
      return std::string();
    };
  });
  if (damage) FAIL(damage->c_str());
  CHECK_TRUE(trees == std::vector<std::string>({"about", "ids", "records"}));
  UNSIGNED_LONGS_EQUAL(SoundArchive::kRecords, keys.size());
  CHECK_TRUE(std::ranges::is_sorted(keys));
}

TEST(PageWalk, whatAVisitorFindsEndsIt) {
  int visits = 0;
  const auto damage = findDamage(bytesOf(sound.bytes), [&](std::string_view) -> VisitEntry {
    return [&](Bytes, Bytes) { return std::string(++visits == 5 ? "enough" : ""); };
  });
  STRCMP_EQUAL("enough", damage.value_or("none").c_str());
  LONGS_EQUAL(5, visits);
}

// Whatever LMDB takes for free it writes over.
TEST(PageWalk, aPageThatIsFreeAndInUseIsFound) {
  const auto meta = lmdb::newestMeta(bytesOf(sound.bytes));
  CHECK_TRUE(meta.has_value());
  const auto page = pageAt(sound.bytes, meta->freePages.root);
  CHECK_TRUE(page && page->isLeaf && !page->nodes.empty());
  const std::size_t list = offsetOf(page->nodes[0].value);
  CHECK_TRUE(readAt<lmdb::Number>(bytesOf(sound.bytes), list).value_or(0) > 0);
  for (const lmdb::Number number :
       {meta->main.root, meta->freePages.root, meta->lastPage + 1, lmdb::Number{1}}) {
    std::string bytes = sound.bytes;
    std::memcpy(bytes.data() + list + sizeof number, &number, sizeof number);
    STRCMP_CONTAINS("free", findingIn(bytes).c_str());
  }
}

TEST(PageWalk, aPageThatIsInUseTwiceIsFound) {
  std::size_t found = 0;
  for (lmdb::Number number = lmdb::kMetaPages; number < sound.bytes.size() / kPage; ++number) {
    const auto page = pageAt(sound.bytes, number);
    if (!page || !page->isLeaf) continue;
    std::vector<std::size_t> elsewhere;  // where it says which pages its large values are on
    for (const lmdb::Node& node : page->nodes) {
      if ((node.header.flags & lmdb::kBigValue) != 0) elsewhere.push_back(offsetOf(node.value));
    }
    if (elsewhere.size() < 2) continue;
    std::string bytes = sound.bytes;
    std::memcpy(bytes.data() + elsewhere[1], bytes.data() + elsewhere[0], sizeof number);
    found += findingIn(bytes).find("in use twice") != std::string::npos ? 1 : 0;
  }
  CHECK_TRUE(found >= 2);
}

// LMDB moves nodes by what it takes to lie around them.
TEST(PageWalk, nodesLieSideBySide) {
  const auto meta = lmdb::newestMeta(bytesOf(sound.bytes));
  CHECK_TRUE(meta.has_value());
  const std::size_t upper = meta->main.root * kPage + offsetof(lmdb::PageHeader, upper);
  const auto value = readAt<std::uint16_t>(bytesOf(sound.bytes), upper).value_or(0);
  for (const int change : {-2, 2}) {
    std::string bytes = sound.bytes;
    const auto changed = static_cast<std::uint16_t>(value + change);
    std::memcpy(bytes.data() + upper, &changed, sizeof changed);
    STRCMP_CONTAINS("its nodes overlap or leave gaps", findingIn(bytes).c_str());
  }
}

TEST(PageWalk, survivesEveryLength) {
  CHECK_TRUE(isSound(sound.bytes));
  for (std::size_t size = 0; size < 9000; size += size < 300 ? 1 : 97)
    CHECK_FALSE(isSound(sound.bytes.substr(0, size)));
}

TEST(PageWalk, survivesRandomChanges) {
  std::mt19937 random(20240607);  // NOLINT(cert-msc51-cpp): the same changes in every run
  int damaged = 0;
  for (int i = 0; i < 600; ++i) {
    std::string bytes = sound.bytes;
    for (int changes = 0; changes < 1 + i % 3; ++changes) {
      // Where heads, offsets and lists of free pages are, or among the nodes at a page's end.
      const std::size_t page = random() % (bytes.size() / kPage);
      const std::size_t within = random() % 2 == 0 ? random() % 160 : kPage - 1 - random() % 400;
      bytes[page * kPage + within] = static_cast<char>(random());
    }
    damaged += isSound(bytes) ? 0 : 1;
  }
  CHECK_TRUE(damaged > 100);
}

}  // namespace mercure::history::test
