#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "ledger.h"

namespace load {

/// What became of the updates of one publisher, which numbers them from 1 on and sends one after the other.
struct Outcome {
  std::uint32_t last = 0;                 ///< the newest number
  std::vector<std::uint32_t> refused;     ///< answered with an error: nobody may get them
  std::vector<std::uint32_t> unanswered;  ///< each may come once, or not at all
};
using Outcomes = std::map<std::uint32_t, Outcome>;  // by publisher

/// What subscribers have got, measured by what became of the updates.
struct Account {
  std::uint64_t missing = 0;   ///< answered with 200 and not, or not yet, delivered
  std::uint64_t refused = 0;   ///< answered with an error and delivered nevertheless
  std::uint64_t invented = 0;  ///< subscribers that got a number that was not published
  std::uint64_t divided = 0;   ///< unanswered updates that came to some subscribers only
  std::size_t orders = 0;      ///< how many different orders subscribers have seen: 1 at the end
};

class Accounting {
 public:
  /// `outcomes` must outlive it.
  explicit Accounting(const Outcomes& outcomes) : outcomes_(outcomes) {}

  /// One more subscriber.
  void add(const Ledger& ledger);

  [[nodiscard]] Account sum() const;

 private:
  void compare(const Ledger& ledger, std::uint32_t publisher, const Outcome& outcome);

  const Outcomes& outcomes_;
  Account account_;
  std::size_t subscribers_ = 0;
  std::set<std::uint64_t> orders_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> receivers_;  // of unanswered updates
};

}  // namespace load
