#pragma once

#include <cstdint>
#include <vector>

namespace load {

enum class Arrival { InOrder, Late, Again };

/// The updates that one subscriber has got. It remembers those that have not come, which are few.
class Ledger {
 public:
  /// Whether an update came after all of its publisher's earlier ones, or later than one of its later ones,
  /// or had come before.
  Arrival note(std::uint32_t publisher, std::uint32_t number);

  [[nodiscard]] bool has(std::uint32_t publisher, std::uint32_t number) const;

  /// How many of a publisher's updates up to `last` have not come.
  [[nodiscard]] std::uint64_t missing(std::uint32_t publisher, std::uint32_t last) const;

  [[nodiscard]] std::uint32_t newest(std::uint32_t publisher) const;

  /// Of all updates that have come, in their order: the same for two subscribers that got the same.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  struct Gap {
    std::uint32_t publisher;
    std::uint32_t first, last;
  };
  bool fill(std::uint32_t publisher, std::uint32_t number);

  std::vector<std::uint32_t> newest_;  // by publisher; 0: none has come
  std::vector<Gap> gaps_;              // below the newest ones
  std::uint64_t digest_ = 0;
};

}  // namespace load
