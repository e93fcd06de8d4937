#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <tl/expected.hpp>

namespace mercure::auth {

struct DownloadOptions {
  bool privateAddresses = false;  ///< whether private_address.h's may be connected to
  std::size_t maxSize = std::size_t{64} * 1024;
  std::chrono::milliseconds connectTimeout{5'000};
  std::chrono::milliseconds totalTimeout{10'000};
  std::string authorities = {};  ///< for tests: a file of certificates to trust instead of the system's
};

struct DownloadedKeySet {
  std::string document;                        ///< not read yet, so anything
  std::optional<std::chrono::seconds> maxAge;  ///< as the answer's Cache-Control says
};

/// Fetches the document at an https URL, or an http one, by a GET that sends nothing but what HTTP demands:
/// no cookies, no credentials, no proxy of the environment's; no redirect is followed. Blocks until there is
/// a result, or until `isToEnd`, which takes effect within 50 ms. The error is one line for an administrator,
/// without the URL.
///
/// Any thread; SIGPIPE must be blocked or ignored in it. Sets libcurl up in this process at the first call,
/// and never undoes it, since other modules may use it too: so not in httpd's parent, which unloads the
/// module. Leaves nothing in OpenSSL's error queue.
[[nodiscard]] tl::expected<DownloadedKeySet, std::string> downloadKeySet(const std::string& url,
                                                                         const DownloadOptions& options,
                                                                         const std::atomic<bool>& isToEnd);

}  // namespace mercure::auth
