#include "hub/client_seats.h"

namespace mercure::hub {

namespace {

using Link = std::atomic<std::uint32_t>;  // an entry's number plus one, or 0

// A process may be killed between any two stores. So each change takes effect with one of them, and what may
// be lost is an entry that is in no chain any more and not yet among the free ones.
class LockedTable {
 public:
  explicit LockedTable(ClientTable& table) noexcept
      : table_(table), locked_(table.lock.lock() != RobustMutex::Locked::No) {}
  LockedTable(const LockedTable&) = delete;
  LockedTable& operator=(const LockedTable&) = delete;
  ~LockedTable() {
    if (locked_) table_.lock.unlock();
  }

  [[nodiscard]] Link& chainOf(Client client) const noexcept {
    // Multiply-shift hashing: which clients meet in one chain can't be foreseen.
    return table_.chains[(client * table_.multiplier) >> (64 - kClientChainBits)];
  }

  [[nodiscard]] ClientEntry& at(std::uint32_t link) const noexcept { return table_.entries[link - 1]; }

  [[nodiscard]] std::uint64_t count(Client client) const noexcept {
    std::uint64_t seats = 0;
    for (std::uint32_t link = chainOf(client); link != 0; link = at(link).next)
      if (at(link).client == client) seats += at(link).seats;
    return seats;
  }

  /// The link to the entry of `client` in `slot`; its chain's end when there is none.
  [[nodiscard]] Link& find(Client client, std::uint32_t slot) const noexcept {
    Link* link = &chainOf(client);
    while (*link != 0 && (at(*link).client != client || at(*link).slot != slot)) link = &at(*link).next;
    return *link;
  }

  /// Puts a new entry at a chain's end; false when all are in use.
  [[nodiscard]] bool append(Link& end, Client client, std::uint32_t slot) noexcept {
    const std::uint32_t link = takeFree();
    if (link == 0) return false;
    ClientEntry& entry = at(link);
    entry.client = client;
    entry.slot = slot;
    entry.seats = 1;
    entry.next = 0;
    end = link;
    return true;
  }

  void remove(Link& toEntry) noexcept {
    const std::uint32_t link = toEntry;
    toEntry = at(link).next.load();
    at(link).next = table_.free.load();
    table_.free = link;
  }

  void removeAllOf(std::uint32_t slot) noexcept {
    if (table_.fresh == 0) return;
    for (Link& chain : table_.chains) {
      Link* link = &chain;
      while (*link != 0) {
        if (at(*link).slot == slot)
          remove(*link);
        else
          link = &at(*link).next;
      }
    }
  }

 private:
  [[nodiscard]] std::uint32_t takeFree() noexcept {
    if (const std::uint32_t link = table_.free; link != 0) {
      table_.free = at(link).next.load();
      return link;
    }
    return table_.fresh < kClientEntries ? table_.fresh.fetch_add(1) + 1 : 0;
  }

  ClientTable& table_;
  bool locked_;
};

}  // namespace

ClientSeats::Taken ClientSeats::take(Client client, const Slot& slot, std::uint64_t most) noexcept {
  LockedTable table(segment_.clients());
  if (most != kNoLimit && table.count(client) >= most) return Taken::LimitReached;
  Link& found = table.find(client, numberOf(slot));
  if (found == 0) return table.append(found, client, numberOf(slot)) ? Taken::Yes : Taken::Uncounted;
  table.at(found).seats.fetch_add(1);
  return Taken::Yes;
}

void ClientSeats::giveBack(Client client, const Slot& slot) noexcept {
  LockedTable table(segment_.clients());
  Link& found = table.find(client, numberOf(slot));
  if (found != 0 && table.at(found).seats.fetch_sub(1) == 1) table.remove(found);
}

void ClientSeats::forget(const Slot& slot) noexcept {
  LockedTable(segment_.clients()).removeAllOf(numberOf(slot));
}

std::uint64_t ClientSeats::count(Client client) const noexcept {
  return LockedTable(segment_.clients()).count(client);
}

std::uint32_t ClientSeats::numberOf(const Slot& slot) const noexcept {
  return static_cast<std::uint32_t>(&slot - segment_.slots().data());
}

}  // namespace mercure::hub
