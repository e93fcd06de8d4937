#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace mercure::endpoint::test {

inline constexpr std::string_view kSecret = "!ChangeThisMercureHubJWTSecretKey!";

inline std::string base64url(std::string_view bytes) {
  std::vector<unsigned char> encoded(4 * ((bytes.size() + 2) / 3) + 1);
  const int size = EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  std::string text;
  for (int i = 0; i < size; ++i) {
    const char c = static_cast<char>(encoded[static_cast<std::size_t>(i)]);
    if (c != '=') text += c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return text;
}

/// A compact JWS of `claims`, signed with HS256.
inline std::string sign(std::string_view claims, std::string_view secret = kSecret,
                        std::string_view header = R"({"alg":"HS256"})") {
  const std::string input = base64url(header) + '.' + base64url(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> signature{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(), signature.data(), &size);
  return input + '.' + base64url({reinterpret_cast<const char*>(signature.data()), size});
}

// The tokens of protocol-0x's table of examples.
inline const std::string kPA = sign(R"({"mercure":{"publish":["*"]}})");
inline const std::string kPB = sign(R"({"mercure":{"publish":["https://example.com/books/{id}"]}})");
inline const std::string kP0 = sign(R"({"mercure":{"publish":[]}})");
inline const std::string kPN = sign(R"({"https://mercure.rocks/":{"publish":["*"]}})");
inline const std::string kSA = sign(R"({"mercure":{"subscribe":["*"],"payload":{"user":"u1"}}})");
inline const std::string kSB = sign(R"({"mercure":{"subscribe":["https://example.com/books/1"]}})");
inline const std::string kSNone = sign("{}");

// Those of protocol-1.0's.
inline constexpr std::string_view kIssuer = "https://issuer.example";
inline constexpr std::string_view kAudience = "https://hub.example/.well-known/mercure";

/// A token of 1.0 with these details, as JSON text, and further claims, which begin with a comma.
inline std::string signAccess(std::string_view details, std::string_view claims = R"(,"exp":4102444800)",
                              std::string_view header = R"({"alg":"HS256","typ":"at+jwt"})") {
  std::string text = R"({"iss":")";
  text.append(kIssuer).append(R"(","aud":")").append(kAudience).append(R"(","authorization_details":)");
  text.append(details).append(claims).append("}");
  return sign(text, kSecret, header);
}

/// An array with one detail.
inline std::string detailOf(std::string_view action, std::string_view topics) {
  std::string text = R"([{"type":"https://mercure.rocks/authorization-detail","actions":[")";
  return text.append(action).append(R"("],"topics":)").append(topics).append("}]");
}

inline const std::string kPA1 = signAccess(detailOf("publish", R"([{"match":"*"}])"));
inline const std::string kPB1 = signAccess(
    detailOf("publish", R"([{"match":"https://example.com/books/:id","match_type":"urlpattern"}])"));
inline const std::string kSA1 = signAccess(detailOf("subscribe", R"([{"match":"*"}])"));
inline const std::string kN01 = signAccess("[]");

}  // namespace mercure::endpoint::test
