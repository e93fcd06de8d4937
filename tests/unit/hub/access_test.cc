#include "hub/access.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "hub/hub_fixture.h"
#include "hub/shared_segment.h"
#include "hub/stream.h"

#include <CppUTest/TestHarness.h>

namespace mercure::hub::test {

namespace {

/// The fingerprint of one of several keys, no half of which is another one's.
KeyFingerprint fingerprint(std::uint8_t set, std::size_t number = 0) {
  KeyFingerprint result{};
  for (std::size_t half = 0; half < result.size(); half += result.size() / 2) {
    result[half] = set;
    result[half + 1] = static_cast<std::uint8_t>(number);
    result[half + 2] = static_cast<std::uint8_t>(half);
    result[half + 3] = static_cast<std::uint8_t>(number >> 8U);
  }
  return result;
}

/// What lets in whom these verify, by tokens of nobody's.
std::vector<Admission> admissionsOf(const std::vector<KeyFingerprint>& verifiers) {
  std::vector<Admission> result;
  for (const KeyFingerprint& each : verifiers) result.push_back({each, {}});
  return result;
}

std::vector<KeyFingerprint> fingerprints(std::uint8_t set, std::size_t count) {
  std::vector<KeyFingerprint> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(fingerprint(set, i));
  return result;
}

/// What a reader tells the writer beside it.
struct Looks {
  std::atomic<int> found{0};
  std::atomic<bool> enough{false};
};

}  // namespace

TEST_GROUP(Access) {
  SharedSegment shared{kSegmentPage};
  SegmentHeader& header = shared.segment().header();
  Access access;
  const std::vector<KeyFingerprint> many = fingerprints(1, kMaxAdmissions);
  const std::vector<KeyFingerprint> few = fingerprints(2, 3);

  void publish(const std::vector<KeyFingerprint>& keys, bool anonymous) {
    publishAccess(header, admissionsOf(keys), anonymous);
  }

  /// Whether `access` is what was published last of these keys, all of them, and nothing of the others.
  bool holds(const std::vector<KeyFingerprint>& keys, const std::vector<KeyFingerprint>& others) const {
    const auto allowed = [this](const KeyFingerprint& key) { return access.allows(key); };
    return std::ranges::all_of(keys, allowed) && std::ranges::none_of(others, allowed);
  }

  /// A writer goes to and fro between two states, until it has been enough, and leaves the second. Now and
  /// then it waits for a look, lest none ever finds it at rest.
  void goToAndFro(const Looks& looks) {
    while (!looks.enough) {
      const int before = looks.found;
      for (int i = 0; i < 4; ++i) {
        publish(many, true);
        publish(few, false);
      }
      while (looks.found == before && !looks.enough) std::this_thread::yield();
    }
  }
  /// Looks beside it again and again: whether each look found either state.
  bool findsOneOfTwoStates(Looks & looks) {
    bool whole = true;
    const bool inTime = await([&] {
      if (!access.refresh(header)) return false;
      whole = access.allows(std::nullopt) ? holds(many, few) : holds(few, many);
      return !whole || ++looks.found == 500;
    });
    looks.enough = true;
    return inTime && whole;
  }
  bool holdsTheSecondState() {
    static_cast<void>(access.refresh(header));
    return holds(few, many) && !access.allows(std::nullopt);
  }
};

TEST(Access, everybodyIsAllowedUntilSomethingIsPublished) {
  CHECK_FALSE(access.refresh(header));
  CHECK_TRUE(access.allows(std::nullopt));
  CHECK_TRUE(access.allows(fingerprint(1)));
}

TEST(Access, onlyPublishedKeysAreAllowed) {
  publish(fingerprints(1, 3), false);
  CHECK_TRUE(access.refresh(header));
  for (const auto& key : fingerprints(1, 3)) CHECK_TRUE(access.allows(key));
  CHECK_FALSE(access.allows(fingerprint(1, 3)));
  CHECK_FALSE(access.allows(fingerprint(2)));
  CHECK_FALSE(access.allows(std::nullopt));
}

TEST(Access, aKeyVerifiesForTheIssuersThatHaveIt) {
  constexpr IssuerMark one{2, 0, 0, 0, 0, 0, 9};
  constexpr IssuerMark other{2, 0, 0, 0, 0, 0, 8};
  const std::vector<Admission> admissions{{fingerprint(1), one}, {fingerprint(2), other}};
  publishAccess(header, admissions, false);
  CHECK_TRUE(access.refresh(header));
  CHECK_TRUE(access.allows(fingerprint(1), one));
  CHECK_TRUE(access.allows(fingerprint(2), other));
  CHECK_FALSE(access.allows(fingerprint(1), other));
  CHECK_FALSE(access.allows(fingerprint(2), one));
  CHECK_FALSE(access.allows(fingerprint(1)));
}

TEST(Access, everyByteOfAKeyCounts) {
  const KeyFingerprint key = fingerprint(1);
  publish({key}, false);
  CHECK_TRUE(access.refresh(header));
  for (std::size_t i = 0; i < key.size(); ++i) {
    KeyFingerprint other = key;
    other[i] ^= 1U;
    CHECK_FALSE(access.allows(other));
  }
}

TEST(Access, anonymousOnesAreAskedForApartFromTheKeys) {
  publish({}, true);
  CHECK_TRUE(access.refresh(header));
  CHECK_TRUE(access.allows(std::nullopt));
  CHECK_FALSE(access.allows(fingerprint(1)));
  CHECK_FALSE(access.allows(KeyFingerprint{}));
  publish({}, false);
  CHECK_TRUE(access.refresh(header));
  CHECK_FALSE(access.allows(std::nullopt));
}

TEST(Access, eachPublicationReplacesTheOneBefore) {
  publish(fingerprints(1, 5), true);
  CHECK_TRUE(access.refresh(header));
  publish(fingerprints(2, 2), true);
  CHECK_TRUE(access.allows(fingerprint(1)));  // not looked at yet
  CHECK_TRUE(access.refresh(header));
  CHECK_TRUE(holds(fingerprints(2, 2), fingerprints(1, 5)));
  CHECK_FALSE(access.refresh(header));
  CHECK_TRUE(holds(fingerprints(2, 2), fingerprints(1, 5)));
}

TEST(Access, moreKeysThanThereIsRoomForAreLeftOut) {
  publish(fingerprints(1, kMaxAdmissions + 2), false);
  CHECK_TRUE(Segment::validate(shared.bytes()));
  CHECK_TRUE(access.refresh(header));
  CHECK_TRUE(access.allows(fingerprint(1, kMaxAdmissions - 1)));
  CHECK_FALSE(access.allows(fingerprint(1, kMaxAdmissions)));
  CHECK_FALSE(access.allows(fingerprint(1, kMaxAdmissions + 1)));
}

TEST_GROUP(AccessByDocuments) {
  static constexpr DocumentName kName{1};
  static constexpr DocumentName kOther{2};
  SharedSegment shared{kSegmentPage};
  SharedObject<std::array<SharedDocument, 2>> memory;
  const std::span<const SharedDocument> documents{*memory};
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  Access access;

  void setup() override {
    CHECK_TRUE((*memory)[0].initialise(kOther));
    CHECK_TRUE((*memory)[1].initialise(kName));
  }
  void publish(const std::vector<Admission>& admissions) {
    publishAccess(shared.segment().header(), admissions, false);
    CHECK_TRUE(refresh());
  }
  bool refresh() {
    return access.refresh(shared.segment().header(), documents);
  }
  /// One of the documents has these keys from now on.
  void hold(const DocumentName& name, std::chrono::hours since, const std::vector<KeyFingerprint>& keys) {
    SharedDocument& document = (*memory)[name == kName ? 1 : 0];
    const auto claim = document.claim(SharedDocument::Need::Freshness, start + since);
    const std::string bytes = std::to_string(since.count());
    CHECK_TRUE(claim && document.store(*claim, bytes, start + since, keys).has_value());
  }
};

TEST(AccessByDocuments, itsKeysAreAllowedAsLongAsTheyAreInIt) {
  publish({{fingerprint(1), {}}, {kName, {}}});
  CHECK_FALSE(access.allows(fingerprint(2)));
  hold(kName, std::chrono::hours(1), {fingerprint(2), fingerprint(3)});
  CHECK_TRUE(refresh());
  for (const std::uint8_t set : {1, 2, 3}) CHECK_TRUE(access.allows(fingerprint(set)));
  CHECK_FALSE(access.allows(fingerprint(4)));
  CHECK_FALSE(refresh());
  hold(kName, std::chrono::hours(2), {fingerprint(3)});
  CHECK_TRUE(access.allows(fingerprint(2)));  // not looked at yet
  CHECK_TRUE(refresh());
  CHECK_FALSE(access.allows(fingerprint(2)));
  CHECK_TRUE(access.allows(fingerprint(1)));
  CHECK_TRUE(access.allows(fingerprint(3)));
}

TEST(AccessByDocuments, oneThatIsThereForOthersAllowsNobody) {
  constexpr IssuerMark issuer{3};
  hold(kName, std::chrono::hours(1), {fingerprint(1)});
  hold(kOther, std::chrono::hours(1), {fingerprint(2)});
  publish({{kName, issuer}});
  CHECK_TRUE(access.allows(fingerprint(1), issuer));
  CHECK_FALSE(access.allows(fingerprint(1)));
  CHECK_FALSE(access.allows(fingerprint(2), issuer));
  publish({{kName, {}}, {kOther, issuer}});
  CHECK_FALSE(access.allows(fingerprint(1), issuer));
  CHECK_TRUE(access.allows(fingerprint(1)));
  CHECK_TRUE(access.allows(fingerprint(2), issuer));
}

TEST(Access, aStateThatIsBeingChangedIsNotTaken) {
  publish(fingerprints(1, 1), true);
  CHECK_TRUE(access.refresh(header));
  ++header.accessVersion;
  header.anonymousAllowed = 0;
  header.admissionCount = 0;
  CHECK_FALSE(access.refresh(header));
  CHECK_TRUE(access.allows(std::nullopt));
  CHECK_TRUE(access.allows(fingerprint(1)));
  ++header.accessVersion;
  CHECK_TRUE(access.refresh(header));
  CHECK_FALSE(access.allows(std::nullopt));
  CHECK_FALSE(access.allows(fingerprint(1)));
}

TEST(Access, aReaderBesideAWriterNeverFindsAMixture) {
  Looks looks;
  std::thread writer([&] { goToAndFro(looks); });
  const bool whole = findsOneOfTwoStates(looks);
  writer.join();
  CHECK_TRUE(whole);
  CHECK_TRUE(holdsTheSecondState());
}

FORK_TEST(Access, aReaderBesideAWritingProcessNeverFindsAMixture) {
  SharedObject<Looks> looks;
  ChildProcess writer([&] {
    goToAndFro(*looks);
    return true;
  });
  CHECK_TRUE(findsOneOfTwoStates(*looks));
  CHECK_TRUE(writer.succeeded());
  CHECK_TRUE(holdsTheSecondState());
}

TEST_GROUP(WithdrawnAccess) {
  HubFixture fixture;
  StreamClient ofFirstKey;
  StreamClient ofSecondKey;
  StreamClient anonymous;

  void allow(const std::vector<KeyFingerprint>& keys, bool anonymousToo) {
    publishAccess(fixture.hub().segment().header(), admissionsOf(keys), anonymousToo);
    fixture.wake();
  }

  void open(StreamClient & client, std::optional<KeyFingerprint> key) {
    auto subscription = fixture.subscription({"a"});
    subscription.key = key;
    fixture.add(client, std::move(subscription));
  }
  void openAll() {
    open(ofFirstKey, fingerprint(1));
    open(ofSecondKey, fingerprint(2));
    open(anonymous, std::nullopt);
  }

  bool isServed(StreamClient & client) {
    fixture.publish({"a"}, "data: a\n\n");
    return client.awaitPart("data: a\n\n");
  }
  bool isSentAway(StreamClient & client) {
    return client.awaitEnd() && retryIn(client.received()) > 0 &&
           fixture.awaitEnd() == EndReason::AccessWithdrawn;
  }
};

TEST(WithdrawnAccess, streamsOfADroppedKeyEndAndTheOthersGoOn) {
  openAll();
  allow({fingerprint(2)}, true);
  CHECK_TRUE(isSentAway(ofFirstKey));
  CHECK_TRUE(isServed(ofSecondKey));
  CHECK_TRUE(isServed(anonymous));
  UNSIGNED_LONGS_EQUAL(1, fixture.ends().size());
}

TEST(WithdrawnAccess, anonymousStreamsEndAndTheOthersGoOn) {
  openAll();
  allow({fingerprint(1), fingerprint(2)}, false);
  CHECK_TRUE(isSentAway(anonymous));
  CHECK_TRUE(isServed(ofFirstKey));
  CHECK_TRUE(isServed(ofSecondKey));
  UNSIGNED_LONGS_EQUAL(1, fixture.ends().size());
}

TEST(WithdrawnAccess, aConfigurationThatLetsAllInEndsNothing) {
  openAll();
  allow({fingerprint(3), fingerprint(2), fingerprint(1)}, true);
  for (StreamClient* const client : {&ofFirstKey, &ofSecondKey, &anonymous}) CHECK_TRUE(isServed(*client));
  CHECK_TRUE(fixture.ends().empty());
}

TEST(WithdrawnAccess, whatIsPublishedInTheSameRoundDoesNotReachThem) {
  openAll();
  {
    StreamClient goes;
    const HubFixture::Stall stall(fixture);
    open(goes, fingerprint(1));
    goes.close();
    CHECK_TRUE(stall.await());
    fixture.publish({"a"}, "data: a\n\n");
    allow({fingerprint(2)}, true);
  }
  CHECK_TRUE(ofFirstKey.awaitEnd());
  CHECK_TRUE(retryIn(ofFirstKey.received()) > 0);
  CHECK_TRUE(isServed(ofSecondKey));
}

TEST(WithdrawnAccess, aStreamThatArrivesLateEndsAtOnce) {
  allow({fingerprint(2)}, false);
  open(ofFirstKey, fingerprint(1));
  CHECK_TRUE(isSentAway(ofFirstKey));
  open(anonymous, std::nullopt);
  CHECK_TRUE(anonymous.awaitEnd());
  CHECK_TRUE(fixture.awaitEnds(2));
  CHECK_TRUE(fixture.ends()[1].reason == EndReason::AccessWithdrawn);
  open(ofSecondKey, fingerprint(2));
  CHECK_TRUE(isServed(ofSecondKey));
  UNSIGNED_LONGS_EQUAL(2, fixture.counters().streamsClosed);
}

TEST(WithdrawnAccess, aStreamThatArrivesLateGetsNothingThatWasPublishedBefore) {
  auto subscription = fixture.subscription({"a"});
  subscription.key = fingerprint(1);
  fixture.publish({"a"}, "data: a\n\n");
  allow({fingerprint(2)}, false);
  fixture.add(ofFirstKey, std::move(subscription));
  CHECK_TRUE(isSentAway(ofFirstKey));
}

TEST(WithdrawnAccess, aKeyThatComesBackServesNewStreams) {
  openAll();
  allow({fingerprint(2)}, true);
  CHECK_TRUE(isSentAway(ofFirstKey));
  allow({fingerprint(1), fingerprint(2)}, true);
  StreamClient back;
  open(back, fingerprint(1));
  CHECK_TRUE(isServed(back));
}

TEST(WithdrawnAccess, adoptedStreamsAreCheckedToo) {
  openAll();
  auto streams = fixture.dispatchers().setAside();
  UNSIGNED_LONGS_EQUAL(3, streams.size());
  allow({fingerprint(2)}, true);
  const auto keeper = fixture.moreDispatchers();
  for (auto& stream : streams) keeper->adopt(std::move(stream));
  CHECK_TRUE(isSentAway(ofFirstKey));
  CHECK_TRUE(isServed(ofSecondKey));
  CHECK_TRUE(isServed(anonymous));
}

}  // namespace mercure::hub::test
