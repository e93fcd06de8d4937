#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "history/page_walk.h"
#include "history/record.h"
#include "history/record_format.h"

namespace mercure::history {

/// Whether the entries of an archive's trees are what layout.h says, each by itself and one with another.
class ContentCheck {
 public:
  /// For findDamage(), which comes to the trees in the order of their names.
  [[nodiscard]] VisitEntry visitorOf(std::string_view tree);

  /// After the last entry: what is wrong with the whole, or an empty text.
  [[nodiscard]] std::string finish();

 private:
  std::string visitAbout(Bytes key, Bytes value);
  std::string visitId(Bytes key, Bytes value);
  std::string visitPart(Bytes key, Bytes value);
  std::string beginRecord(std::uint64_t sequence, Bytes part);
  std::string endRecord();

  bool hasTrees_ = false;
  bool hasLayout_ = false;
  std::uint64_t idSeed_ = 0;
  // The trees say the same of ids when these are the same, in whatever order they came.
  std::uint64_t ids_ = 0;
  std::uint64_t idsOfRecords_ = 0;

  std::uint64_t sequence_ = 0;  // of the record that its parts are of
  std::uint64_t expected_ = 0;  // its size; 0: it is one that was being pruned
  bool anyWhole_ = false;
  std::vector<std::byte> whole_;
  Record record_;
};

}  // namespace mercure::history
