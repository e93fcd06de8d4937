#include "protocol/idna.h"

#include <unicode/uidna.h>

#include <cstdint>
#include <memory>

namespace mercure::protocol {

namespace {

struct CloseIdna {
  void operator()(UIDNA* idna) const noexcept { uidna_close(idna); }
};

// What ICU checks although the flags CheckHyphens and VerifyDnsLength are false.
constexpr std::uint32_t kIgnoredErrors = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                         UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                         UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

constexpr std::uint32_t kOptions = UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                   UIDNA_NONTRANSITIONAL_TO_UNICODE;

}  // namespace

std::optional<std::string> domainToAscii(std::string_view domain) {
  if (domain.size() > kMaxUnicodeDomainSize) return std::nullopt;
  // Opened for each call: it costs far less than the conversion, and nothing outlives the module's unloading.
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, CloseIdna> idna(uidna_openUTS46(kOptions, &status));
  if (U_FAILURE(status)) return std::nullopt;

  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  const auto convert = [&](std::string& output) {
    status = U_ZERO_ERROR;
    return uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<std::int32_t>(domain.size()),
                                  output.data(), static_cast<std::int32_t>(output.size()), &info, &status);
  };
  std::string ascii(2 * domain.size(), '\0');
  std::int32_t size = convert(ascii);
  if (status == U_BUFFER_OVERFLOW_ERROR) {
    ascii.resize(static_cast<std::size_t>(size));
    size = convert(ascii);
  }
  if (U_FAILURE(status) || (info.errors & ~kIgnoredErrors) != 0) return std::nullopt;
  ascii.resize(static_cast<std::size_t>(size));
  return ascii;
}

}  // namespace mercure::protocol
