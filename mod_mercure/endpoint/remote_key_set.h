#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include <tl/expected.hpp>

#include "auth/jwk_set.h"
#include "auth/key_set_download.h"
#include "hub/shared_document.h"

namespace mercure::endpoint {

/// What the administrator must hear of a key set, told by one process for all of them.
struct KeySetNews {
  enum class Kind {
    Refused,   ///< no (new) keys: the issuer can't be reached, or sends no key set; once for each reason
    Restored,  ///< an attempt has succeeded after such ones
    Changed,   ///< the keys are other ones: streams of those that are gone have to end
    Useless,   ///< the same, and none of the keys that are there now can be used
  };
  Kind kind;
  std::string_view url;
  std::string_view explanation;  ///< one line: the reason, or which keys of the set are of no use; or empty
};

/// Called by the thread that met the news; must not throw, nor use the key set.
using KeySetObserver = std::function<void(const KeySetNews&)>;

/// A JWK Set at a URL, as one process has it. One process fetches it for all of them, on a thread of its own,
/// which starts when it is needed; made in the parent, used after the fork. Any thread, unless a function
/// says otherwise.
///
/// To verify a token: refresh(Need::Freshness), then try the keys of current(); where none of them has its
/// `kid`, try once more whenever awaitNewer() has found others.
class RemoteKeySet {
 public:
  using Need = hub::SharedDocument::Need;
  using Moment = hub::SharedDocument::Moment;

  struct Keys {
    hub::SharedDocument::Stamp stamp = 0;  ///< of the document; 0: there was none yet
    auth::KeySet set;
  };

  struct Options {
    std::string url;
    /// Reads a document, for the algorithms that the directive names.
    std::function<tl::expected<auth::KeySet, std::string>(std::string_view)> read;
    /// Blocks until there is a result, and ends early when it is to: auth::downloadKeySet.
    std::function<tl::expected<auth::DownloadedKeySet, std::string>(const std::string& url,
                                                                    const std::atomic<bool>& isToEnd)>
        download;
    KeySetObserver observer = [](const KeySetNews&) {};
    std::function<Moment()> clock = std::chrono::steady_clock::now;  ///< for tests
  };

  /// As long as a token with an unknown `kid` waits.
  static constexpr std::chrono::milliseconds kLongestWait{2'000};
  // Bounds of what the issuer says of its set's age, and what counts when it says nothing.
  static constexpr std::chrono::seconds kShortestAge{5 * 60};
  static constexpr std::chrono::seconds kUsualAge{60 * 60};
  static constexpr std::chrono::seconds kLongestAge{24 * 60 * 60};

  /// `document` is the one that the hub's segment has under the name of this URL, and outlives this object.
  RemoteKeySet(hub::SharedDocument& document, Options options);
  RemoteKeySet(const RemoteKeySet&) = delete;
  RemoteKeySet& operator=(const RemoteKeySet&) = delete;
  ~RemoteKeySet();

  [[nodiscard]] const std::string& url() const noexcept { return options_.url; }

  /// Names the document in the segment, as its keys may be asked for there.
  [[nodiscard]] const hub::DocumentName& document() const noexcept { return document_.name(); }

  /// Of the newest document, read or not; 0: there is none.
  [[nodiscard]] hub::SharedDocument::Stamp stamp() const noexcept { return document_.stamp(); }

  /// The keys of the newest document, read anew when it has changed; never null, and empty before there is
  /// one. Fetches nothing. May throw std::bad_alloc.
  [[nodiscard]] std::shared_ptr<const Keys> current();

  /// Has the document fetched, in the background, if there is need and the time has come (see
  /// SharedDocument::claim). Whether it is being fetched now, by whatever process.
  bool refresh(Need need, const std::optional<hub::SharedDocument::Missed>& missed = {});

  struct Sought {
    std::shared_ptr<const Keys> newer;  ///< null: there are none
    bool isAwaited = false;             ///< but a fetch goes on that may bring them
  };

  /// For a token that came at `since` and that the keys `known` can't verify: those of a newer document,
  /// which is fetched if it has not been since. Waits for nothing. May throw std::bad_alloc.
  [[nodiscard]] Sought seekNewer(const Keys& known, Moment since);

  /// Ends a fetch that goes on, and lets no other begin: before this process forks one that goes on with its
  /// streams, and before it exits. A second call does nothing. One thread only.
  void close() noexcept;

  /// The same without a wait, for any thread, and even a signal handler.
  void requestEnd() noexcept { isEnding_ = true; }
  /// Whether no fetch goes on, or none any more within `limit`; there, too.
  [[nodiscard]] bool awaitEnd(std::chrono::milliseconds limit) const noexcept;

 private:
  using Claim = hub::SharedDocument::Claim;

  void start(const Claim& claim);
  void fetch(const Claim& claim) noexcept;
  void accept(const Claim& claim, const auth::DownloadedKeySet& downloaded);
  void refuse(const Claim& claim, std::string_view reason);
  void tell(KeySetNews::Kind kind, std::string_view explanation) const;

  hub::SharedDocument& document_;
  const Options options_;

  std::mutex keysMutex_;
  std::shared_ptr<const Keys> keys_ = std::make_shared<const Keys>();
  hub::SharedDocument::Stamp readStamp_ = 0;  // of the document that was read last, whatever came of it

  std::mutex fetchMutex_;
  std::thread fetch_;
  std::atomic<bool> isFetching_{false};     // until the thread has nothing more to do
  std::atomic<bool> isDownloading_{false};  // until it has nothing more to wait for
  std::atomic<bool> isEnding_{false};
};

/// For a token that came at `since`: waits until one of `sets` has newer keys than those in its place in
/// `keys`, and puts them there; false when none has by `end`, or none is to come. May throw std::bad_alloc.
[[nodiscard]] bool awaitNewer(std::span<const std::shared_ptr<RemoteKeySet>> sets,
                              std::span<std::shared_ptr<const RemoteKeySet::Keys>> keys,
                              RemoteKeySet::Moment since, RemoteKeySet::Moment end);

}  // namespace mercure::endpoint
