#include "auth/signature.h"

#include <random>
#include <vector>

#include "auth/base64url.h"
#include "auth/jwk_set.h"
#include "auth/key_material.h"
#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::encodeBase64url;
using test::Signer;

namespace {

constexpr const char* kClaims = R"({"mercure":{"publish":["*"]},"exp":1,"nbf":99999999999})";

CompactJws read(const std::string& token) {
  auto jws = CompactJws::read(token);
  CHECK_TEXT(jws.has_value(), token.c_str());
  return std::move(*jws);
}

/// What verifySignature says, after checking that both verifiers say the same wherever both may be asked.
bool verifyBothWays(const std::string& token, const Key& key) {
  const CompactJws jws = read(token);
  const bool verified = verifySignature(jws, key);
  const json_t* const algorithm = memberOf(*jws.header, "alg");
  if (json_is_string(algorithm) && textOf(*algorithm) == nameOf(key.algorithm())) {
    const bool rightSize = jws.signature.size() == key.material().signatureBytes;
    CHECK_EQUAL(verified, rightSize && verifyWithOpenssl(jws, key));
    if (libjwtCanVerify(jws, key.algorithm())) CHECK_EQUAL(verified, rightSize && verifyWithLibjwt(jws, key));
  } else {
    CHECK_FALSE(verified);
  }
  return verified;
}

std::string headerOf(const Signer& signer, std::string_view rest = {}) {
  return R"({"alg":")" + std::string(nameOf(signer.algorithm())) + '"' + std::string(rest) + '}';
}

/// A token whose signature is not what the signer made of it but what `change` made of that.
template <typename Change>
std::string withSignature(const Signer& signer, Change change, std::string_view restOfHeader = {}) {
  const std::string message =
      encodeBase64url(headerOf(signer, restOfHeader)) + '.' + encodeBase64url(kClaims);
  std::string signature = signer.sign(message);
  change(signature);
  return message + '.' + encodeBase64url(signature);
}

}  // namespace

TEST_GROUP(Signature){};

TEST(Signature, P0_TOK_03_RightOnesVerifyBothWays) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const Key key = signer.key();
    for (int round = 0; round < 10; ++round) {
      const std::string claims = R"({"jti":)" + std::to_string(round) + R"(,"mercure":{}})";
      CHECK(verifyBothWays(signer.token(claims), key));
      CHECK(verifyBothWays(signer.tokenWithHeader(headerOf(signer), claims), key));
    }
  }
}

TEST(Signature, TheExampleOfRfc7515Verifies) {
  const std::string secret =
      "\x03\x23\x35\x4b\x2b\x0f\xa5\xbc\x83\x7e\x06\x65\x77\x7b\xa6\x8f\x5a\xb3\x28\xe6\xf0\x54\xc9\x28\xa9"
      "\x0f\x84\xb2"
      "\xd2\x50\x2e\xbf\xd3\xfb\x5a\x92\xd2\x06\x47\xef\x96\x8a\xb4\xc3\x77\x62\x3d\x22\x3d\x2e\x21\x72\x05"
      "\x2e\x4f\x08"
      "\xc0\xcd\x9a\xf5\x67\xd0\x80\xa3";
  CHECK(
      verifyBothWays("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
                     "LmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                     *Key::read(secret, Algorithm::HS256)));
}

TEST(Signature, P0_TOK_06_AnyTypVerifies) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const Signer& other = Signer::of(algorithm, 1);
    for (const char* const typ : {R"("JWT")", R"("jwt")", R"("at+jwt")", R"("JWT\u0020")", R"("")", "null",
                                  "7", "[]", R"({"typ":"JWT"})"}) {
      const std::string header = headerOf(signer, R"(,"typ":)" + std::string(typ));
      CHECK_TEXT(verifyBothWays(signer.tokenWithHeader(header, kClaims), signer.key()), typ);
      CHECK_FALSE_TEXT(verifyBothWays(other.tokenWithHeader(header, kClaims), signer.key()), typ);
    }
  }
}

TEST(Signature, LibjwtIsAskedOnlyWhereItCanAnswer) {
  const auto canVerify = [](const char* header, Algorithm algorithm = Algorithm::HS256) {
    const std::string token = encodeBase64url(header) + ".e30.AA";
    return libjwtCanVerify(read(token), algorithm);
  };
  CHECK(canVerify(R"({"alg":"HS256"})"));
  CHECK(canVerify(R"({"alg":"HS256","typ":"JWT"})"));
  CHECK_FALSE(canVerify(R"({"typ":"jwt"})"));
  CHECK_FALSE(canVerify(R"({"typ":"at+jwt"})"));
  CHECK_FALSE(canVerify(R"({"typ":null})"));
  CHECK_FALSE(canVerify(R"({"typ":["JWT"]})"));
  for (const Algorithm algorithm : test::kAlgorithms) {
    const bool unknown = nameOf(algorithm).starts_with("PS") || algorithm == Algorithm::EdDSA;
    CHECK_EQUAL(!unknown, canVerify(R"({"typ":"JWT"})", algorithm));
  }
}

TEST(Signature, RsaPssSaltsAreAsLongAsTheHash) {
  for (const Algorithm algorithm : {Algorithm::PS256, Algorithm::PS384, Algorithm::PS512}) {
    const Signer& signer = Signer::of(algorithm);
    const int digestSize = EVP_MD_get_size(traitsOf(algorithm).digest());
    for (const int saltLength :
         {0, 1, 20, digestSize - 1, digestSize, digestSize + 1, int{RSA_PSS_SALTLEN_MAX}}) {
      const std::string message = encodeBase64url(headerOf(signer)) + '.' + encodeBase64url(kClaims);
      const std::string signature = test::signWith(signer.privateKey(), algorithm, message, saltLength);
      CHECK_EQUAL(saltLength == digestSize,
                  verifyBothWays(message + '.' + encodeBase64url(signature), signer.key()));
    }
  }
}

TEST(Signature, Ed448Verifies) {
  const auto privateKey = test::makeEdwardsKey("ED448");
  const Key key = *Key::read(test::publicPemOf(*privateKey), Algorithm::EdDSA);
  const std::string message = encodeBase64url(R"({"alg":"EdDSA"})") + ".e30";
  std::string signature = test::signWith(*privateKey, Algorithm::EdDSA, message);
  LONGS_EQUAL(114, signature.size());
  CHECK(verifyBothWays(message + '.' + encodeBase64url(signature), key));
  CHECK_FALSE(verifyBothWays(message + '.' + encodeBase64url(signature.substr(0, 64)), key));
  CHECK_FALSE(verifyBothWays(Signer::of(Algorithm::EdDSA).token("{}"), key));
}

TEST(Signature, TheExampleOfRfc8037Verifies) {
  const auto example = [](char last) {
    CompactJws jws;
    jws.signedBytes = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    jws.header = *readJsonObject(R"({"alg":"EdDSA"})");
    jws.signature = *decodeBase64url(
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    jws.signature.back() = last;
    return jws;
  };
  const KeySet set = *readKeySet(
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  CHECK(verifySignature(example('\x02'), set.keys[0].key));
  CHECK_FALSE(verifySignature(example('\x03'), set.keys[0].key));
}

TEST(Signature, P0_TOK_02_NoOtherAlgorithmsTokenVerifies) {
  for (const Algorithm configured : test::kAlgorithms) {
    const Key key = Signer::of(configured).key();
    for (const Algorithm used : test::kAlgorithms) {
      if (used == configured) continue;
      CHECK_FALSE(verifyBothWays(Signer::of(used).token(kClaims), key));
      // What it would take to slip through: rightly signed by another algorithm, but named as this one.
      CHECK_FALSE(
          verifyBothWays(Signer::of(used).tokenWithHeader(headerOf(Signer::of(configured)), kClaims), key));
    }
  }
}

TEST(Signature, P0_TOK_02_LibjwtsAnswerCountsForThePinnedAlgorithmOnly) {
  const Key key = *Key::read("one secret for all", Algorithm::HS256);
  for (const char* const name : {"HS384", "HS512", "none", "hs256"}) {
    const std::string message = encodeBase64url(R"({"alg":")" + std::string(name) + R"("})") + ".e30";
    const EVP_MD* const digest = std::string_view(name) == "HS384"   ? EVP_sha384()
                                 : std::string_view(name) == "HS512" ? EVP_sha512()
                                                                     : EVP_sha256();
    const std::string token =
        message + '.' + encodeBase64url(Signer::hmac(digest, "one secret for all", message));
    CHECK_FALSE_TEXT(verifySignature(read(token), key), name);
    if (std::string_view(name).starts_with("HS")) CHECK_FALSE_TEXT(verifyWithLibjwt(read(token), key), name);
  }
}

TEST(Signature, P0_TOK_02_TheAlgorithmsNameIsExact) {
  const Signer& signer = Signer::of(Algorithm::HS256);
  for (const char* const header :
       {R"({"alg":"none"})", R"({"alg":"NONE"})", R"({"alg":"hs256"})", R"({"alg":"HS256 "})",
        R"({"alg":["HS256"]})", R"({"alg":{"HS256":1}})", R"({"alg":256})", R"({"alg":null})",
        R"({"alg":""})", "{}", R"({"ALG":"HS256"})"}) {
    CHECK_FALSE_TEXT(verifySignature(read(signer.tokenWithHeader(header, kClaims)), signer.key()), header);
  }
}

TEST(Signature, P0_TOK_02_APublicKeyIsNoHmacSecret) {
  for (const Algorithm pinned : {Algorithm::RS256, Algorithm::ES256}) {
    const Signer& signer = Signer::of(pinned);
    const std::string pem = signer.keyText();
    for (const std::string& header : {std::string(R"({"alg":"HS256","typ":"JWT"})"), headerOf(signer)}) {
      for (const std::string& secret :
           {pem, pem.substr(0, pem.size() - 1), signer.key().material().publicKeyPem}) {
        const std::string message = encodeBase64url(header) + '.' + encodeBase64url(kClaims);
        const std::string token =
            message + '.' + encodeBase64url(Signer::hmac(EVP_sha256(), secret, message));
        CHECK_FALSE(verifyBothWays(token, signer.key()));
      }
    }
  }
}

TEST(Signature, AnotherKeysNeverVerifies) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    CHECK_FALSE(verifyBothWays(Signer::of(algorithm, 1).token(kClaims), Signer::of(algorithm, 0).key()));
    CHECK_FALSE(verifyBothWays(Signer::of(algorithm, 0).token(kClaims), Signer::of(algorithm, 1).key()));
  }
}

TEST(Signature, OneChangedBitAnywhereInItIsSeen) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const Key key = signer.key();
    const std::size_t size = key.material().signatureBytes;
    for (const std::size_t place :
         {std::size_t{0}, std::size_t{1}, size / 2 - 1, size / 2, size - 2, size - 1}) {
      const auto flip = [place](std::string& bytes) { bytes[place] = static_cast<char>(bytes[place] ^ 1); };
      CHECK_FALSE(verifyBothWays(withSignature(signer, flip), key));
    }
  }
}

TEST(Signature, AChangedHeaderOrClaimIsSeen) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const std::string header = headerOf(signer, R"(,"typ":"JWT")");
    const std::string claims = R"({"sub":"a"})";
    const std::string token = signer.tokenWithHeader(header, claims);
    const auto withOldSignature = [&token](std::string_view otherHeader, std::string_view otherClaims) {
      return encodeBase64url(otherHeader).append(1, '.') + encodeBase64url(otherClaims) +
             token.substr(token.rfind('.'));
    };
    CHECK(verifyBothWays(withOldSignature(header, claims), signer.key()));
    CHECK_FALSE(verifyBothWays(withOldSignature(header, R"({"sub":"b"})"), signer.key()));
    CHECK_FALSE(verifyBothWays(withOldSignature(header, claims + ' '), signer.key()));
    CHECK_FALSE(verifyBothWays(withOldSignature(header + ' ', claims), signer.key()));
  }
}

TEST(Signature, OfAnotherSizeIsRefused) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const Key key = signer.key();
    for (const char* const rest : {"", R"(,"typ":"not for libjwt")"}) {
      const auto refuses = [&](auto change) {
        return !verifyBothWays(withSignature(signer, change, rest), key);
      };
      CHECK(refuses([](std::string& bytes) { bytes.clear(); }));
      CHECK(refuses([](std::string& bytes) { bytes.pop_back(); }));
      CHECK(refuses([](std::string& bytes) { bytes.erase(0, 1); }));
      CHECK(refuses([](std::string& bytes) { bytes += '\0'; }));
      CHECK(refuses([](std::string& bytes) { bytes.insert(0, 1, '\0'); }));
      CHECK(refuses([](std::string& bytes) { bytes += bytes; }));
      CHECK(refuses([](std::string& bytes) { bytes.resize(40'000); }));
    }
  }
}

TEST(Signature, OddEcdsaNumbersAreRefused) {
  for (const Algorithm algorithm : {Algorithm::ES256, Algorithm::ES384, Algorithm::ES512}) {
    const Signer& signer = Signer::of(algorithm);
    const Key key = signer.key();
    const std::size_t half = key.material().signatureBytes / 2;
    const auto refuses = [&](auto change) { return !verifyBothWays(withSignature(signer, change), key); };
    CHECK(refuses([](std::string& bytes) { bytes.assign(bytes.size(), '\0'); }));
    CHECK(refuses([](std::string& bytes) { bytes.assign(bytes.size(), '\xFF'); }));
    CHECK(refuses([half](std::string& bytes) { bytes.replace(0, half, half, '\0'); }));
    CHECK(refuses([half](std::string& bytes) { bytes.replace(half, half, half, '\0'); }));
    CHECK(refuses([half](std::string& bytes) { bytes = bytes.substr(half) + bytes.substr(0, half); }));
  }
}

TEST(Signature, DerEcdsaSignaturesAreRefused) {
  const Signer& signer = Signer::of(Algorithm::ES256);
  const std::string message = encodeBase64url(headerOf(signer)) + '.' + encodeBase64url(kClaims);
  const DigestContext context(EVP_MD_CTX_new());
  std::string der(200, '\0');
  std::size_t size = der.size();
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, &signer.privateKey());
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size, test::bytesOf(message),
                 message.size());
  der.resize(size);
  CHECK_FALSE(verifyBothWays(message + '.' + encodeBase64url(der), signer.key()));
}

TEST(Signature, EcdsaNumbersWithLeadingZeroesVerify) {
  const Signer& signer = Signer::of(Algorithm::ES256);
  const Key key = signer.key();
  int seen = 0;
  for (int serial = 0; seen < 3; ++serial) {
    const std::string token =
        signer.tokenWithHeader(headerOf(signer), R"({"jti":)" + std::to_string(serial) + '}');
    const std::string signature = read(token).signature;
    if (signature[0] != '\0' && signature[32] != '\0') continue;
    CHECK(verifyBothWays(token, key));
    ++seen;
  }
}

TEST(Signature, SecretsMayHoldAnyByteAndHaveAnyLength) {
  for (const std::size_t size : {1, 31, 32, 63, 64, 65, 128, 129, 5000}) {
    const std::string secret(size, '\0');
    const std::string message = encodeBase64url(R"({"alg":"HS512"})") + ".e30";
    const std::string token = message + '.' + encodeBase64url(Signer::hmac(EVP_sha512(), secret, message));
    CHECK(verifyBothWays(token, *Key::read(secret, Algorithm::HS512)));
    CHECK_FALSE(verifyBothWays(token, *Key::read(secret + 'x', Algorithm::HS512)));
  }
}

TEST(Signature, LeavesNoErrorForTheNextUserOfTheThread) {
  ERR_clear_error();
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    for (const char* const typ : {R"(,"typ":"JWT")", R"(,"typ":"x")"}) {
      const std::string token = Signer::of(algorithm, 1).tokenWithHeader(headerOf(signer, typ), kClaims);
      CHECK_FALSE(verifySignature(read(token), signer.key()));
      LONGS_EQUAL(0, ERR_peek_error());
    }
  }
}

TEST(Signature, BothWaysAgreeOnRandomSignatures) {
  std::mt19937 random(20240219);
  for (const Algorithm algorithm : test::kAlgorithms) {
    const Signer& signer = Signer::of(algorithm);
    const Key key = signer.key();
    for (int round = 0; round < 20; ++round) {
      CHECK_FALSE(verifyBothWays(withSignature(signer,
                                               [&random](std::string& bytes) {
                                                 for (char& c : bytes) c = static_cast<char>(random());
                                               }),
                                 key));
    }
  }
}
