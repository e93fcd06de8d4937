#include "ledger.h"

#include <algorithm>

namespace load {

namespace {

/// Of Fowler, Noll and Vo.
constexpr std::uint64_t kPrime = 0x100000001b3;

}  // namespace

Arrival Ledger::note(std::uint32_t publisher, std::uint32_t number) {
  digest_ = (digest_ ^ (std::uint64_t{publisher} << 32U | number)) * kPrime;
  if (publisher >= newest_.size()) newest_.resize(publisher + 1);
  std::uint32_t& newest = newest_[publisher];
  if (number <= newest) return fill(publisher, number) ? Arrival::Late : Arrival::Again;
  if (number > newest + 1) gaps_.push_back({publisher, newest + 1, number - 1});
  newest = number;
  return Arrival::InOrder;
}

/// False when the update is not missing.
bool Ledger::fill(std::uint32_t publisher, std::uint32_t number) {
  const auto gap = std::find_if(gaps_.begin(), gaps_.end(), [&](const Gap& each) {
    return each.publisher == publisher && each.first <= number && number <= each.last;
  });
  if (gap == gaps_.end()) return false;
  const Gap whole = *gap;
  gaps_.erase(gap);
  if (whole.first < number) gaps_.push_back({publisher, whole.first, number - 1});
  if (number < whole.last) gaps_.push_back({publisher, number + 1, whole.last});
  return true;
}

bool Ledger::has(std::uint32_t publisher, std::uint32_t number) const {
  return number <= newest(publisher) && std::none_of(gaps_.begin(), gaps_.end(), [&](const Gap& gap) {
           return gap.publisher == publisher && gap.first <= number && number <= gap.last;
         });
}

std::uint64_t Ledger::missing(std::uint32_t publisher, std::uint32_t last) const {
  std::uint64_t sum = last - std::min(last, newest(publisher));
  for (const Gap& gap : gaps_) {
    if (gap.publisher == publisher && gap.first <= last) sum += std::min(gap.last, last) - gap.first + 1;
  }
  return sum;
}

std::uint32_t Ledger::newest(std::uint32_t publisher) const {
  return publisher < newest_.size() ? newest_[publisher] : 0;
}

}  // namespace load
