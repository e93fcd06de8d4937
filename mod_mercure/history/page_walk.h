#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "history/bytes.h"

namespace mercure::history {

/// Called with each entry of a tree, in the order of its keys: what is wrong with it, or an empty text.
using VisitEntry = std::function<std::string(Bytes key, Bytes value)>;

/// Called with the name of each tree: what is to be called with its entries, if anything is.
using VisitTree = std::function<VisitEntry(std::string_view name)>;

/// Walks through every page of an LMDB file that nobody writes to and trusts nothing that it reads: what
/// would lead LMDB itself astray, into a crash or into writing over pages in use, is found here. What was
/// found first; none when the file is sound.
[[nodiscard]] std::optional<std::string> findDamage(Bytes file, const VisitTree& visit);

}  // namespace mercure::history
