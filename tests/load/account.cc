#include "account.h"

#include <algorithm>

namespace load {

void Accounting::add(const Ledger& ledger) {
  ++subscribers_;
  orders_.insert(ledger.digest());
  for (const auto& [publisher, outcome] : outcomes_) compare(ledger, publisher, outcome);
}

void Accounting::compare(const Ledger& ledger, std::uint32_t publisher, const Outcome& outcome) {
  std::uint64_t excused = 0;
  for (const std::uint32_t number : outcome.refused)
    ++(ledger.has(publisher, number) ? account_.refused : excused);
  for (const std::uint32_t number : outcome.unanswered)
    ++(ledger.has(publisher, number) ? receivers_[{publisher, number}] : excused);
  account_.missing += ledger.missing(publisher, outcome.last) - excused;
  if (ledger.newest(publisher) > outcome.last) ++account_.invented;
}

Account Accounting::sum() const {
  Account account = account_;
  account.orders = orders_.size();
  account.divided = static_cast<std::uint64_t>(std::count_if(
      receivers_.begin(), receivers_.end(), [&](const auto& each) { return each.second != subscribers_; }));
  return account;
}

}  // namespace load
