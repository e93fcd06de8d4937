#include "auth/key.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::Signer;

namespace {

/// What the last wiping of more than nothing found, as the stand-in for OPENSSL_cleanse below saw it.
std::string lastWiped;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

std::string errorOf(std::string_view text, Algorithm algorithm) {
  const auto key = Key::read(text, algorithm);
  return key ? std::string() : key.error();
}

}  // namespace

/// Takes the place of libcrypto's for this binary's own calls, so that a test can see what is wiped.
extern "C" void OPENSSL_cleanse(void* memory, std::size_t size) {
  if (size == 0) return;
  lastWiped.assign(static_cast<const char*>(memory), size);
  std::fill_n(static_cast<volatile char*>(memory), size, '\0');
}

TEST_GROUP(Key){};

TEST(Key, P0_TOK_03_ReadsASecretForEachHmac) {
  for (const Algorithm algorithm : {Algorithm::HS256, Algorithm::HS384, Algorithm::HS512}) {
    const auto key = Key::read("!ChangeThisMercureHubJWTSecretKey!", algorithm);
    CHECK(key.has_value());
    CHECK(key->algorithm() == algorithm);
    LONGS_EQUAL(34, key->size());
  }
}

TEST(Key, P0_TOK_03_ReadsAPublicKeyOrACertificate) {
  constexpr std::array<std::size_t, 13> kBits{0,   0,   0,    2048, 2048, 2048, 256,
                                              384, 521, 2048, 2048, 2048, 256};
  for (const Algorithm algorithm : test::kAlgorithms) {
    if (isSymmetric(algorithm)) continue;
    EVP_PKEY& privateKey = Signer::of(algorithm).privateKey();
    const auto key = Key::read(test::publicPemOf(privateKey), algorithm);
    const auto ofCertificate = Key::read(test::certificatePemOf(privateKey), algorithm);
    CHECK(key.has_value());
    CHECK(ofCertificate.has_value());
    CHECK(key->fingerprint() == ofCertificate->fingerprint());
    LONGS_EQUAL(kBits[static_cast<std::size_t>(algorithm)], key->size());
  }
}

TEST(Key, ReadsTheOlderPemOfAnRsaKey) {
  EVP_PKEY& privateKey = Signer::of(Algorithm::RS256).privateKey();
  const std::string pem = test::pemWrittenBy([&privateKey](BIO* bio) {
    unsigned char* der = nullptr;
    const int size = i2d_PublicKey(&privateKey, &der);
    const int written = PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, size);
    OPENSSL_free(der);
    return written > 0 ? 1 : 0;
  });
  const auto key = Key::read(pem, Algorithm::RS256);
  CHECK(key.has_value());
  CHECK(key->fingerprint() == Signer::of(Algorithm::RS256).key().fingerprint());
}

TEST(Key, ReadsPemWithOtherLineEndsAndTextAroundIt) {
  std::string pem = test::publicPemOf(Signer::of(Algorithm::ES256).privateKey());
  CHECK(Key::read("  \t" + pem + "  ", Algorithm::ES256).has_value());
  CHECK(Key::read("a comment\n" + pem + "another\n", Algorithm::ES256).has_value());
  std::string crlf;
  for (const char c : pem) crlf.append(c == '\n' ? "\r\n" : std::string(1, c));
  CHECK(Key::read(crlf, Algorithm::ES256).has_value());
}

TEST(Key, DropsOneLineEndAndBlanksAroundASecret) {
  const Fingerprint plain = Key::read("secret", Algorithm::HS256)->fingerprint();
  for (const char* const text :
       {"secret\n", "secret\r\n", " secret", "secret ", "\t secret \t", "secret \n", "secret \t\r\n"}) {
    CHECK_TEXT(Key::read(text, Algorithm::HS256)->fingerprint() == plain, text);
  }
  for (const char* const text : {"secret\n\n", "\nsecret", "sec ret", "secret\r", "Secret", "secret \n "}) {
    CHECK_TEXT(Key::read(text, Algorithm::HS256)->fingerprint() != plain, text);
  }
  LONGS_EQUAL(6, Key::read("\tsecret \r\n", Algorithm::HS256)->size());
}

TEST(Key, NeverDecodesBase64) {
  CHECK(Key::read("c2VjcmV0", Algorithm::HS256)->fingerprint() !=
        Key::read("secret", Algorithm::HS256)->fingerprint());
  LONGS_EQUAL(8, Key::read("c2VjcmV0", Algorithm::HS256)->size());
}

TEST(Key, TakesAShortSecretAndSaysItsSize) {
  const auto key = Key::read("x", Algorithm::HS512);
  CHECK(key.has_value());
  LONGS_EQUAL(1, key->size());
}

TEST(Key, RefusesAnEmptySecret) {
  for (const char* const text : {"", " ", "\n", "\r\n", " \t \n", "\t"}) {
    STRCMP_CONTAINS("the secret is empty", errorOf(text, Algorithm::HS256).c_str());
  }
  STRCMP_CONTAINS("48 random bytes", errorOf("", Algorithm::HS384).c_str());
}

TEST(Key, P0_TOK_02_RefusesPemAsASecret) {
  const std::string publicPem = Signer::of(Algorithm::RS256).keyText();
  const std::string certificate = test::certificatePemOf(Signer::of(Algorithm::RS256).privateKey());
  for (const std::string& pem : {publicPem, certificate, "comment\n" + publicPem}) {
    for (const Algorithm algorithm : {Algorithm::HS256, Algorithm::HS384, Algorithm::HS512}) {
      STRCMP_CONTAINS("ES512, PS256, PS384, PS512 or EdDSA", errorOf(pem, algorithm).c_str());
    }
  }
}

TEST(Key, RefusesAPrivateKey) {
  for (const Algorithm algorithm : {Algorithm::RS256, Algorithm::ES384, Algorithm::PS512, Algorithm::EdDSA}) {
    const std::string pem = test::privatePemOf(Signer::of(algorithm).privateKey());
    STRCMP_CONTAINS("private key", errorOf(pem, algorithm).c_str());
    STRCMP_CONTAINS("openssl pkey -pubout",
                    errorOf(Signer::of(algorithm).keyText() + pem, algorithm).c_str());
  }
}

TEST(Key, RefusesAPlainSecretForAPublicKeyAlgorithm) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    if (isSymmetric(algorithm)) continue;
    STRCMP_CONTAINS("not PEM", errorOf("!ChangeThisMercureHubJWTSecretKey!", algorithm).c_str());
    STRCMP_CONTAINS("not PEM", errorOf("", algorithm).c_str());
  }
}

TEST(Key, RefusesRsaKeysThatAreTooShort) {
  const std::string pem = test::publicPemOf(*test::makeRsaKey(1024));
  for (const Algorithm algorithm : {Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256,
                                    Algorithm::PS384, Algorithm::PS512}) {
    STRCMP_CONTAINS("has 1024 bits", errorOf(pem, algorithm).c_str());
    STRCMP_CONTAINS("2048 or more", errorOf(pem, algorithm).c_str());
  }
}

TEST(Key, RefusesACurveThatIsNotTheAlgorithms) {
  constexpr std::array kCurves{std::pair{Algorithm::ES256, "P-256"}, std::pair{Algorithm::ES384, "P-384"},
                               std::pair{Algorithm::ES512, "P-521"}};
  for (const auto& [algorithm, curve] : kCurves) {
    for (const char* const group : {"prime256v1", "secp384r1", "secp521r1", "secp256k1", "brainpoolP256r1"}) {
      const std::string error = errorOf(test::publicPemOf(*test::makeEcKey(group)), algorithm);
      if (traitsOf(algorithm).group == group) {
        STRCMP_EQUAL("", error.c_str());
      } else {
        STRCMP_CONTAINS(curve, error.c_str());
        STRCMP_CONTAINS(group, error.c_str());
      }
    }
  }
}

TEST(Key, RefusesAKeyOfAnotherType) {
  const std::string rsa = Signer::of(Algorithm::RS256).keyText();
  const std::string ec = Signer::of(Algorithm::ES256).keyText();
  const std::string ed25519 = Signer::of(Algorithm::EdDSA).keyText();
  const std::string x25519 = test::publicPemOf(*test::makeEdwardsKey("X25519"));
  STRCMP_CONTAINS("the key's type is RSA; ES256 expects an EC key on the curve P-256",
                  errorOf(rsa, Algorithm::ES256).c_str());
  STRCMP_CONTAINS("the key's type is EC; RS256 expects an RSA key", errorOf(ec, Algorithm::RS256).c_str());
  STRCMP_CONTAINS("ED25519", errorOf(ed25519, Algorithm::RS256).c_str());
  STRCMP_CONTAINS("ED25519", errorOf(ed25519, Algorithm::PS256).c_str());
  STRCMP_CONTAINS("ED25519", errorOf(ed25519, Algorithm::ES256).c_str());
  STRCMP_CONTAINS("the key's type is RSA; EdDSA expects an Ed25519 or Ed448 key",
                  errorOf(rsa, Algorithm::EdDSA).c_str());
  STRCMP_CONTAINS("the key's type is EC; EdDSA expects", errorOf(ec, Algorithm::EdDSA).c_str());
  STRCMP_CONTAINS("the key's type is X25519; EdDSA expects", errorOf(x25519, Algorithm::EdDSA).c_str());
}

TEST(Key, RefusesBrokenPemWithoutAskingForAPassphrase) {
  const std::string pem = Signer::of(Algorithm::RS256).keyText();
  std::string oneLine = pem;
  std::replace(oneLine.begin(), oneLine.end(), '\n', ' ');
  for (const std::string& broken :
       {pem.substr(0, pem.size() / 2), oneLine,
        std::string("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
        "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
        "AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n" +
            pem.substr(pem.find('\n') + 1)}) {
    STRCMP_CONTAINS("the PEM cannot be read", errorOf(broken, Algorithm::RS256).c_str());
  }
}

TEST(Key, RefusesATextBeyondAllMeasure) {
  constexpr std::size_t kMebibyte = 1U << 20U;
  CHECK(Key::read(std::string(kMebibyte, 'x'), Algorithm::HS256).has_value());
  STRCMP_CONTAINS("longer than 1 MiB", errorOf(std::string(kMebibyte + 1, 'x'), Algorithm::HS256).c_str());
}

TEST(Key, ErrorsAreOneLineAndNeverRepeatTheText) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    for (const char* const text : {"leak", "-----BEGIN PUBLIC KEY-----\nleak\n-----END PUBLIC KEY-----\n",
                                   "-----BEGIN leak-----", "leak-----BEGIN PRIVATE KEY-----leak"}) {
      const std::string error = errorOf(text, algorithm);
      CHECK_TEXT(error.find("leak") == std::string::npos, error.c_str());
      CHECK(error.find('\n') == std::string::npos);
    }
  }
}

TEST(Key, LeavesNoErrorForTheNextUserOfTheThread) {
  ERR_clear_error();
  CHECK_FALSE(Key::read("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", Algorithm::RS256)
                  .has_value());
  CHECK(Key::read(test::certificatePemOf(Signer::of(Algorithm::RS256).privateKey()), Algorithm::RS256)
            .has_value());
  LONGS_EQUAL(0, ERR_peek_error());
}

TEST(Key, RecognisesPem) {
  CHECK(Key::looksLikePem("-----BEGIN PUBLIC KEY-----"));
  CHECK(Key::looksLikePem("  \n-----BEGIN CERTIFICATE-----\n"));
  CHECK_FALSE(Key::looksLikePem("!ChangeThisMercureHubJWTSecretKey!"));
  CHECK_FALSE(Key::looksLikePem("-----"));
  CHECK_FALSE(Key::looksLikePem(""));
}

TEST(Key, FingerprintTellsKeysAndAlgorithmsApart) {
  std::vector<Fingerprint> seen;
  for (const Algorithm algorithm : test::kAlgorithms) {
    for (const int party : {0, 1}) seen.push_back(Signer::of(algorithm, party).key().fingerprint());
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  CHECK(Signer::of(Algorithm::HS256).key().fingerprint() == Signer::of(Algorithm::HS256).key().fingerprint());
}

TEST(Key, ReadsAnEd448Key) {
  const auto ed448 = Key::read(test::publicPemOf(*test::makeEdwardsKey("ED448")), Algorithm::EdDSA);
  CHECK(ed448.has_value());
  LONGS_EQUAL(456, ed448->size());
}

TEST(Key, TheSameEcKeyHasOneFingerprintHoweverItIsWritten) {
  const PublicKey owner = test::makeEcKey("prime256v1");
  EVP_PKEY& key = *owner;
  const Fingerprint fingerprint = Key::read(test::publicPemOf(key), Algorithm::ES256)->fingerprint();
  for (const auto& [parameter, value] : {std::pair{OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"},
                                         std::pair{OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "hybrid"},
                                         std::pair{OSSL_PKEY_PARAM_EC_ENCODING, "explicit"}}) {
    const std::string before = test::publicPemOf(key);
    LONGS_EQUAL(1, EVP_PKEY_set_utf8_string_param(&key, parameter, value));
    const std::string pem = test::publicPemOf(key);
    CHECK(pem != before);
    CHECK_TEXT(Key::read(pem, Algorithm::ES256)->fingerprint() == fingerprint, value);
  }
}

TEST(Key, TheLastCopyWipesTheSecret) {
  lastWiped.clear();
  {
    const Key key = *Key::read("a secret to be wiped", Algorithm::HS256);
    {
      const Key copy = key;  // NOLINT(performance-unnecessary-copy-initialization): its end is what counts
      CHECK(copy.fingerprint() == key.fingerprint());
    }
    STRCMP_EQUAL("", lastWiped.c_str());
  }
  STRCMP_EQUAL("a secret to be wiped", lastWiped.c_str());
}
