#include "auth/jwk_set.h"

#include <openssl/err.h>

#include "auth/jwk_writer.h"
#include "auth/test_signer.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::auth;
using test::JsonWriter;
using test::jwkOf;
using test::setOf;
using test::Signer;

namespace {

JsonWriter named(Algorithm algorithm, std::string_view id, int party = 0) {
  return jwkOf(Signer::of(algorithm, party)).setText("alg", nameOf(algorithm)).setText("kid", id);
}

KeySet read(const std::string& document, std::span<const Algorithm> allowed = kPublicKeyAlgorithms) {
  auto set = readKeySet(document, allowed);
  CHECK_TEXT(set.has_value(), document.substr(0, 200).c_str());
  return std::move(*set);
}

std::string errorOf(std::string_view document) {
  const auto set = readKeySet(document);
  return set ? std::string() : set.error();
}

/// Each key's algorithm and name, in order.
std::string listOf(const KeySet& set) {
  std::string list;
  for (const IdentifiedKey& key : set.keys) {
    list.append(nameOf(key.key.algorithm())).append(1, ' ').append(key.id.value_or("-")).append(";");
  }
  return list;
}

}  // namespace

TEST_GROUP(JwkSet){};

TEST(JwkSet, P0_TOK_04_ReadsItsKeysInOrder) {
  const KeySet set = read(setOf({named(Algorithm::RS256, "a"), named(Algorithm::EdDSA, "b"),
                                 jwkOf(Signer::of(Algorithm::ES384)), named(Algorithm::PS512, "c")}));
  STRCMP_EQUAL("RS256 a;EdDSA b;ES384 -;PS512 c;", listOf(set).c_str());
  LONGS_EQUAL(0, set.notes.size());
  CHECK(set.keys[1].key.fingerprint() == Signer::of(Algorithm::EdDSA).key().fingerprint());
}

TEST(JwkSet, KeysThatShareANameAreAllCandidates) {
  const KeySet set = read(setOf({named(Algorithm::ES256, "a"), named(Algorithm::ES256, "a", 1),
                                 jwkOf(Signer::of(Algorithm::RS256)).setText("kid", "a")}));
  STRCMP_EQUAL("ES256 a;ES256 a;RS256 a;RS384 a;RS512 a;PS256 a;PS384 a;PS512 a;", listOf(set).c_str());
}

TEST(JwkSet, UnusableKeysAreLeftOutAndNoted) {
  const std::string document = R"({"keys":[)" + named(Algorithm::ES256, "good").text() +
                               R"(,{"kty":"new","kid":"strange\n"},7,null,{},)" +
                               named(Algorithm::ES256, "box").setText("use", "enc").text() + ',' +
                               named(Algorithm::HS256, "secret").text() + ',' +
                               named(Algorithm::EdDSA, "last").text() + "]}";
  const KeySet set = read(document);
  STRCMP_EQUAL("ES256 good;EdDSA last;", listOf(set).c_str());
  LONGS_EQUAL(6, set.notes.size());
  STRCMP_EQUAL("key 2 \"strange?\" is not used: its kty is not known here: \"new\"", set.notes[0].c_str());
  STRCMP_EQUAL("key 3 is not used: it is not an object", set.notes[1].c_str());
  STRCMP_EQUAL("key 4 is not used: it is not an object", set.notes[2].c_str());
  STRCMP_EQUAL("key 5 is not used: it has no kty", set.notes[3].c_str());
  STRCMP_EQUAL("key 6 \"box\" is not used: its use is \"enc\", not sig", set.notes[4].c_str());
  STRCMP_CONTAINS("key 7 \"secret\" is not used", set.notes[5].c_str());
}

TEST(JwkSet, P1_TOK_03_HmacOnlyWhereItIsAllowed) {
  const std::string document = setOf({named(Algorithm::HS256, "a"), named(Algorithm::ES256, "b")});
  STRCMP_EQUAL("ES256 b;", listOf(read(document)).c_str());
  constexpr std::array kHmac{Algorithm::HS256};
  STRCMP_EQUAL("HS256 a;", listOf(read(document, kHmac)).c_str());
}

TEST(JwkSet, ASetMayBeEmpty) {
  LONGS_EQUAL(0, read(R"({"keys":[]})").keys.size());
  LONGS_EQUAL(0, read(R"( {"more":{"a":[1]},"keys":[{}]} )").keys.size());
}

TEST(JwkSet, WhatIsNoJwkSetIsAnError) {
  for (const char* const document :
       {"", "<html>", "[]", "null", "7", "\"keys\"", R"([{"keys":[]}])", R"({"keys":[]}x)", R"({"keys":[)",
        "{\"keys\":[\"\xFF\"]}", R"({"keys":[],"keys":[]})", R"({"keys":[{"kty":"EC","kty":"EC"}]})"}) {
    STRCMP_CONTAINS_TEXT("the JWK Set ", errorOf(document).c_str(), document);
  }
  for (const char* const document :
       {"{}", R"({"keys":null})", R"({"keys":{}})", R"({"keys":"a"})", R"({"Keys":[]})", R"({"kty":"EC"})"}) {
    STRCMP_EQUAL_TEXT("the JWK Set has no keys that is an array", errorOf(document).c_str(), document);
  }
}

TEST(JwkSet, ADocumentBeyondTheCapIsRefusedUnread) {
  const std::string begin = R"({"keys":[],"a":")";
  const std::string largest = begin + std::string(kMaxKeySetSize - begin.size() - 2, 'x') + "\"}";
  CHECK(readKeySet(largest).has_value());
  STRCMP_CONTAINS("at most 1048576", errorOf(largest + ' ').c_str());
  STRCMP_CONTAINS("at most 1048576", errorOf(std::string(5'000'000, '[')).c_str());
}

TEST(JwkSet, OnlyTheFirstHundredKeysAreLookedAt) {
  std::vector<JsonWriter> keys(kMaxKeysOfSet - 1, named(Algorithm::EdDSA, "a"));
  keys.push_back(named(Algorithm::EdDSA, "b"));
  const KeySet full = read(setOf(keys));
  LONGS_EQUAL(100, full.keys.size());
  LONGS_EQUAL(0, full.notes.size());
  keys.push_back(named(Algorithm::EdDSA, "c"));
  const KeySet more = read(setOf(keys));
  LONGS_EQUAL(100, more.keys.size());
  CHECK(more.keys.back().id == "b");
  LONGS_EQUAL(1, more.notes.size());
  STRCMP_EQUAL("the JWK Set has 101 keys, the first 100 are used", more.notes[0].c_str());
}

TEST(JwkSet, AHostOfBrokenKeysGivesFewNotes) {
  std::string document = R"({"keys":[7)";
  while (document.size() < 1'000'000) document += ",{}";
  const KeySet set = read(document + "]}");
  LONGS_EQUAL(0, set.keys.size());
  LONGS_EQUAL(101, set.notes.size());
}

TEST(JwkSet, DeepNestingIsRefused) {
  STRCMP_CONTAINS(
      "nested too deeply",
      errorOf(R"({"keys":[)" + std::string(100'000, '[') + std::string(100'000, ']') + "]}").c_str());
}

TEST(JwkSet, LeavesNoErrorForTheNextUserOfTheThread) {
  ERR_clear_error();
  read(setOf({named(Algorithm::ES256, "a").setText("x", std::string(43, 'A')),
              named(Algorithm::EdDSA, "b").setText("x", "AAAA"),
              named(Algorithm::RS256, "c").setText("n", "AA"), named(Algorithm::ES256, "d")}));
  LONGS_EQUAL(0, ERR_peek_error());
}

TEST(JwkSet, NotesAndErrorsHoldNoKeyMaterial) {
  for (const Algorithm algorithm : test::kAlgorithms) {
    for (const char* const name : {"k", "n", "e", "x", "y", "d"}) {
      const KeySet set = read(setOf({named(algorithm, "a").setText(name, "leakleakleakleak=")}));
      for (const std::string& note : set.notes)
        CHECK_TEXT(note.find("leak") == std::string::npos, note.c_str());
    }
  }
  const std::string error = errorOf(R"({"keys":[leak]})");
  CHECK_TEXT(error.find("leak") == std::string::npos, error.c_str());
}
