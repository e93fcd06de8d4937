#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "hub/shared_fingerprint.h"

namespace mercure::hub {

/// That a hub lets in subscribers by tokens of this issuer, if this verifies them: a key, by its fingerprint,
/// or any key whose fingerprint is a mark of the document of this name.
struct Admission {
  KeyFingerprint verifier{};
  IssuerMark issuer{};

  friend auto operator<=>(const Admission&, const Admission&) = default;  // NOLINT(modernize-use-nullptr)
};

/// One in shared memory. Beside a writer a reader may see parts of two; its owner has to tell that by other
/// means.
class SharedAdmission {
 public:
  void store(const Admission& admission) noexcept {
    std::uint64_t issuer = 0;
    std::memcpy(&issuer, admission.issuer.data(), admission.issuer.size());
    verifier_.store(admission.verifier);
    issuer_ = issuer;
  }
  [[nodiscard]] Admission load() const noexcept {
    Admission admission{.verifier = verifier_.load(), .issuer = {}};
    const std::uint64_t issuer = issuer_;
    std::memcpy(admission.issuer.data(), &issuer, admission.issuer.size());
    return admission;
  }

 private:
  SharedFingerprint verifier_;
  std::atomic<std::uint64_t> issuer_;
};

static_assert(sizeof(IssuerMark) <= sizeof(std::uint64_t));
static_assert(std::is_standard_layout_v<SharedAdmission> &&
              std::is_trivially_destructible_v<SharedAdmission>);

}  // namespace mercure::hub
