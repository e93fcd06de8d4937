#include "auth/key_set_download.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string_view>
#include <utility>

#include <curl/curl.h>

#include "auth/cache_control.h"
#include "auth/openssl.h"
#include "auth/private_address.h"
#include "auth/release.h"

namespace mercure::auth {
namespace {

using Easy = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Release<curl_multi_cleanup>>;
using FieldList = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;

constexpr long kFound = 200;
constexpr long kFirstRedirect = 300;
constexpr long kNotModified = 304;
constexpr long kFirstError = 400;
constexpr std::size_t kMaxHead = std::size_t{64} * 1024;

/// Thread-safe in every libcurl that CMake accepts.
bool isLibraryReady() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

/// One request and what comes of it. libcurl calls back into it, so it stays where it is.
class Download {
 public:
  explicit Download(const DownloadOptions& options) : options_(options) {}

  [[nodiscard]] bool prepare(const std::string& url);
  [[nodiscard]] CURLcode run(const std::atomic<bool>& isToEnd);
  [[nodiscard]] tl::expected<DownloadedKeySet, std::string> result(CURLcode code);

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    isPrepared_ = curl_easy_setopt(easy_.get(), option, value) == CURLE_OK && isPrepared_;
  }
  void setLimits();
  void setManners();
  void setCallbacks();

  static curl_socket_t openSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t takeHead(char* bytes, std::size_t unit, std::size_t count, void* self);
  static std::size_t takeBody(char* bytes, std::size_t unit, std::size_t count, void* self);

  [[nodiscard]] std::string failure(CURLcode code) const;
  [[nodiscard]] static std::string wrongStatus(long status);
  [[nodiscard]] std::optional<std::chrono::seconds> maxAge() const;

  const DownloadOptions& options_;
  const FieldList fields_{curl_slist_append(nullptr, "Accept: application/jwk-set+json, application/json")};
  const Easy easy_{curl_easy_init()};
  bool isPrepared_ = true;
  std::string body_;
  std::size_t headSize_ = 0;
  bool isTooLarge_ = false;
  bool isPrivate_ = false;
};

bool Download::prepare(const std::string& url) {
  if (easy_ == nullptr || fields_ == nullptr) return false;
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_HTTPHEADER, fields_.get());
  setLimits();
  setManners();
  setCallbacks();
  return isPrepared_;
}

void Download::setLimits() {
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connectTimeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.totalTimeout.count()));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.authorities.empty()) set(CURLOPT_CAINFO, options_.authorities.c_str());
}

void Download::setManners() {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  // A name server that does not answer would otherwise hold up whoever asks to stop.
  set(CURLOPT_QUICK_EXIT, 1L);
}

void Download::setCallbacks() {
  set(CURLOPT_OPENSOCKETFUNCTION, &Download::openSocket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Download::takeHead);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Download::takeBody);
  set(CURLOPT_WRITEDATA, this);
}

/// The address is looked at where it is connected to: a name that means another one a moment later gains
/// nothing.
curl_socket_t Download::openSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& download = *static_cast<Download*>(self);
  if (!download.options_.privateAddresses && isPrivateAddress(address->addr, address->addrlen)) {
    download.isPrivate_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t Download::takeHead(char*, std::size_t unit, std::size_t count, void* self) {
  auto& download = *static_cast<Download*>(self);
  download.headSize_ += unit * count;
  download.isTooLarge_ = download.headSize_ > kMaxHead;
  return download.isTooLarge_ ? 0 : unit * count;
}

std::size_t Download::takeBody(char* bytes, std::size_t unit, std::size_t count, void* self) {
  auto& download = *static_cast<Download*>(self);
  const std::string_view part(bytes, unit * count);
  download.isTooLarge_ = part.size() > download.options_.maxSize - download.body_.size();
  if (download.isTooLarge_) return 0;
  try {
    download.body_ += part;
  } catch (...) {
    return 0;
  }
  return part.size();
}

CURLcode Download::run(const std::atomic<bool>& isToEnd) {
  constexpr int kBetweenLooks = 50;  // milliseconds
  const Multi multi(curl_multi_init());
  if (multi == nullptr || curl_multi_add_handle(multi.get(), easy_.get()) != CURLM_OK)
    return CURLE_FAILED_INIT;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  for (int running = 1; !isToEnd;) {
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) break;
    int remaining = 0;
    if (const CURLMsg* done = running == 0 ? curl_multi_info_read(multi.get(), &remaining) : nullptr) {
      code = done->data.result;
      break;
    }
    if (curl_multi_poll(multi.get(), nullptr, 0, kBetweenLooks, nullptr) != CURLM_OK) break;
  }
  curl_multi_remove_handle(multi.get(), easy_.get());
  return code;
}

tl::expected<DownloadedKeySet, std::string> Download::result(CURLcode code) {
  if (code != CURLE_OK) return tl::unexpected(failure(code));
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != kFound) return tl::unexpected(wrongStatus(status));
  return DownloadedKeySet{.document = std::move(body_), .maxAge = maxAge()};
}

std::string Download::failure(CURLcode code) const {
  if (isTooLarge_)
    return "the answer is too large; expected " + std::to_string(options_.maxSize) + " bytes at most";
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      if (isPrivate_)
        return "its host has a private address, and no public one that can be reached; "
               "MercureJWKSPrivateAddresses On allows it";
      return "its host can't be connected to; expected a server that listens there, and no firewall between";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "its host's name can't be resolved; expected one that DNS knows";
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer in time: " + std::to_string(options_.connectTimeout.count()) +
             " ms to connect, and " + std::to_string(options_.totalTimeout.count()) + " ms in all";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "its certificate can't be verified; expected one for this host that an authority of package "
             "ca-certificates has signed";
    case CURLE_SSL_CACERT_BADFILE:
      return "there are no certificates to verify its own with; expected Debian's package ca-certificates";
    case CURLE_PARTIAL_FILE:
      return "the connection broke in the middle of the answer";
    case CURLE_ABORTED_BY_CALLBACK:
      return "it was given up, because this process ends";
    default:
      return std::string("the download failed: ") + curl_easy_strerror(code);
  }
}

std::string Download::wrongStatus(long status) {
  const std::string said = "the answer's status is " + std::to_string(status);
  if (status >= kFirstRedirect && status < kFirstError && status != kNotModified)
    return said + ", and redirects are not followed; expected the URL that it leads to";
  return said + "; expected 200 and a key set";
}

std::optional<std::chrono::seconds> Download::maxAge() const {
  std::optional<std::chrono::seconds> least;
  curl_header* field = nullptr;
  for (std::size_t i = 0;
       curl_easy_header(easy_.get(), "Cache-Control", i, CURLH_HEADER, -1, &field) == CURLHE_OK; ++i) {
    const auto age = maxAgeIn(field->value);
    if (age && (!least || *age < *least)) least = age;
  }
  return least;
}

}  // namespace

tl::expected<DownloadedKeySet, std::string> downloadKeySet(const std::string& url,
                                                           const DownloadOptions& options,
                                                           const std::atomic<bool>& isToEnd) {
  const ErrorQueueGuard errors;
  Download download(options);
  if (!isLibraryReady() || !download.prepare(url))
    return tl::unexpected(std::string("libcurl can't be set up; expected enough memory"));
  return download.result(download.run(isToEnd));
}

}  // namespace mercure::auth
