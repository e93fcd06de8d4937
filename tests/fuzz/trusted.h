#pragma once

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auth/authenticate.h"
#include "auth/claims.h"
#include "auth/compact_jws.h"
#include "auth/trust.h"
#include "protocol/unicode.h"
#include "target.h"

/// A hub that trusts two secrets, and what must hold for whatever it makes of a token.
namespace mercure::fuzz {

inline constexpr std::string_view kSecret = "a secret of thirty-two bytes, or more";
inline constexpr std::string_view kSecondSecret =
    "another secret, of sixty-four bytes at the least, as HS512 wants it to be";
inline constexpr std::chrono::system_clock::time_point kNow{std::chrono::seconds{1'700'000'000}};

inline std::span<const auth::IdentifiedKey> trustedKeys() {
  static const std::vector<auth::IdentifiedKey> keys{
      {*auth::Key::read(kSecret, auth::Algorithm::HS256), std::nullopt},
      {*auth::Key::read(kSecondSecret, auth::Algorithm::HS512), "second"}};
  return keys;
}

inline std::span<const auth::Issuer> trustedIssuers() {
  static const std::vector<auth::Issuer> issuers{
      {"https://issuer.example", {trustedKeys().begin(), trustedKeys().end()}}, {"keyless", {}}};
  return issuers;
}

class TrustedAudience : public auth::Audience {
 public:
  [[nodiscard]] bool includes(std::string_view identifier) const override {
    return identifier == "https://www.example.com/.well-known/mercure";
  }
};

inline std::string base64url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                                       static_cast<int>(bytes.size()))));
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

inline std::string hmac(const EVP_MD* digest, std::string_view secret, std::string_view message) {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(code.data()), &size);
  code.resize(size);
  return code;
}

/// A token with the trusted secret's HS256 signature.
inline std::string signedToken(std::string_view header, std::string_view claims) {
  const std::string message = base64url(header) + '.' + base64url(claims);
  return message + '.' + base64url(hmac(EVP_sha256(), kSecret, message));
}

/// Whether one of the trusted keys has signed it.
inline bool isSigned(const auth::CompactJws& jws) {
  return jws.signature == hmac(EVP_sha256(), kSecret, jws.signedBytes) ||
         jws.signature == hmac(EVP_sha512(), kSecondSecret, jws.signedBytes);
}

inline void checkDetail(const auth::AuthorizationDetail& detail) {
  require(!detail.topics.empty(), "a detail has topics");
  for (const auto& topic : detail.topics) {
    require(!topic.text.empty() && topic.text.size() <= auth::kMaxMatchSize &&
                !protocol::holdsControlOrFormat(topic.text),
            "a detail's topics keep the rules");
  }
}

/// Authenticates a token by the rules of a generation.
inline void checkGrant(const auth::CompactJws& jws, auth::Generation generation) {
  const bool isOld = generation == auth::Generation::V0;
  const auto outcome = isOld ? auth::authenticate(jws, trustedKeys(), kNow)
                             : auth::authenticateAccessToken(jws, trustedIssuers(), TrustedAudience(), kNow);
  if (!outcome) {
    const std::string& words = outcome.error().explanation;
    return require(!words.empty() && words.find_first_of("\r\n") == std::string::npos,
                   "an error is one line");
  }
  require(isSigned(jws), "a grant is a signed token's");
  require(outcome->generation == generation, "a grant has its token's generation");
  require(outcome->expires ? *outcome->expires > kNow : isOld, "a grant has not expired");
  require(!outcome->begins || *outcome->begins <= kNow, "a grant has begun");
  require(outcome->publish.size() <= auth::kMaxGrantedSelectors &&
              outcome->subscribe.size() <= auth::kMaxGrantedSelectors,
          "a grant has no more selectors than it may");
  require(isOld || outcome->issuer == "https://issuer.example", "a grant is the trusted issuer's");
  require(isOld ? outcome->details.empty() : outcome->details.size() <= auth::kMaxDetails,
          "a grant has no more details than it may");
  std::ranges::for_each(outcome->details, checkDetail);
}

}  // namespace mercure::fuzz
