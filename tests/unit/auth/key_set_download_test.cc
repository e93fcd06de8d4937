#include "auth/key_set_download.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <openssl/err.h>

#include "auth/http_server.h"
#include "auth/name_service.h"
#include "auth/test_certificate.h"

#include <CppUTest/TestHarness.h>

namespace mercure::auth::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string answerOf(const std::string& body, const std::string& fields = "",
                     const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n" + fields + "\r\n" + body;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Sets a variable of the environment as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_GROUP(KeySetDownload) {
  DownloadOptions options{.privateAddresses = true};
  std::atomic<bool> isToEnd{false};

  // As httpd does for all of its threads.
  void setup() override {
    std::signal(SIGPIPE, SIG_IGN);
  }
  void teardown() override {
    std::signal(SIGPIPE, SIG_DFL);
  }

  tl::expected<DownloadedKeySet, std::string> download(const std::string& url) const {
    return downloadKeySet(url, options, isToEnd);
  }
  std::string documentFrom(const std::string& url) const {
    const auto downloaded = download(url);
    return downloaded ? downloaded->document : "error: " + downloaded.error();
  }
  /// What is said of the failure, which must be one line without the URL.
  std::string failureOf(const std::string& url) const {
    const auto downloaded = download(url);
    if (downloaded) return "downloaded";
    const std::string& error = downloaded.error();
    CHECK_TEXT(!error.empty() && error.find('\n') == std::string::npos, error.c_str());
    CHECK_TEXT(!contains(error, url), error.c_str());
    return error;
  }
  void checkFails(const std::string& url, const std::string& part) const {
    const std::string error = failureOf(url);
    CHECK_TEXT(contains(error, part), error.c_str());
  }
};

TEST(KeySetDownload, givesTheDocument) {
  const HttpServer server(answerOf(R"({"keys":[]})"));
  STRCMP_EQUAL(R"({"keys":[]})", documentFrom(server.url()).c_str());
}

TEST(KeySetDownload, asksForAKeySetAndSaysNothingElse) {
  const HttpServer server(answerOf("{}"));
  STRCMP_EQUAL("{}", documentFrom(server.url()).c_str());
  const std::string head = server.heads().front();
  const std::string host = server.url().substr(7, server.url().size() - 7 - 5);
  STRCMP_EQUAL(("GET /keys HTTP/1.1\r\nHost: " + host +
                "\r\nAccept: application/jwk-set+json, application/json\r\n\r\n")
                   .c_str(),
               head.c_str());
}

TEST(KeySetDownload, takesTheAgeFromCacheControl) {
  const auto ageOf = [this](const std::string& fields) {
    const HttpServer server(answerOf("{}", fields));
    const auto downloaded = download(server.url());
    CHECK_TRUE(downloaded.has_value());
    return downloaded && downloaded->maxAge ? downloaded->maxAge->count() : -1;
  };
  LONGS_EQUAL(-1, ageOf(""));
  LONGS_EQUAL(600, ageOf("cache-control: public, max-age=600\r\n"));
  LONGS_EQUAL(60,
              ageOf("Cache-Control: public\r\nCache-Control: max-age=60\r\nCache-Control: max-age=90\r\n"));
  LONGS_EQUAL(0, ageOf("Cache-Control: max-age=600\r\nCache-Control: no-store\r\n"));
}

TEST(KeySetDownload, takesDocumentsUpToTheLimitAndNoLongerOnes) {
  options.maxSize = 1000;
  const HttpServer largest(answerOf(std::string(1000, 'x')));
  UNSIGNED_LONGS_EQUAL(1000, documentFrom(largest.url()).size());
  const HttpServer larger(answerOf(std::string(1001, 'x')));
  checkFails(larger.url(), "the answer is too large; expected 1000 bytes at most");
}

TEST(KeySetDownload, endsABodyThatNeverEnds) {
  const HttpServer plain([](Connection& client) {
    client.send("HTTP/1.1 200 OK\r\n\r\n");
    while (client.send(std::string(1000, 'x'))) {
    }
  });
  checkFails(plain.url(), "too large");
  const HttpServer chunked([](Connection& client) {
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (client.send("1\r\nx\r\n")) {
    }
  });
  checkFails(chunked.url(), "too large");
}

TEST(KeySetDownload, endsAHeadThatNeverEnds) {
  const HttpServer server([](Connection& client) {
    client.send("HTTP/1.1 200 OK\r\n");
    while (client.send("A: " + std::string(100, 'x') + "\r\n")) {
    }
  });
  checkFails(server.url(), "too large");
}

TEST(KeySetDownload, expandsNothing) {
  const HttpServer server(answerOf("\x1f\x8b", "Content-Encoding: gzip\r\n"));
  STRCMP_EQUAL("\x1f\x8b", documentFrom(server.url()).c_str());
}

TEST(KeySetDownload, doesNotWaitForASlowServer) {
  options.totalTimeout = milliseconds(200);
  const HttpServer silent([](Connection& client) { client.keepSilent(); });
  const auto start = steady_clock::now();
  checkFails(silent.url(), "no answer in time: 5000 ms to connect, and 200 ms in all");
  const HttpServer dribbling([](Connection& client) {
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
    while (client.send("x")) std::this_thread::sleep_for(milliseconds(10));
  });
  checkFails(dribbling.url(), "no answer in time");
  CHECK_TRUE(steady_clock::now() - start < milliseconds(5'000));
}

TEST(KeySetDownload, followsNoRedirect) {
  for (const char* status :
       {"301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect"}) {
    const HttpServer server(answerOf("{}", "Location: /other\r\n", status));
    checkFails(server.url(),
               std::string("status is ").append(status, 3) + ", and redirects are not followed");
    LONGS_EQUAL(1, server.connections());
  }
}

TEST(KeySetDownload, takesNoOtherStatusThan200) {
  for (const char* status : {"201 Created", "204 No Content", "206 Partial Content", "400 Bad Request",
                             "401 Unauthorized", "404 Not Found", "500 Internal Server Error", "503 Busy"}) {
    const HttpServer server(answerOf("", "", status));
    checkFails(server.url(), std::string("status is ").append(status, 3) + "; expected 200 and a key set");
  }
}

TEST(KeySetDownload, noticesABodyThatBreaksOff) {
  const HttpServer shorter("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}");
  checkFails(shorter.url(), "the connection broke in the middle of the answer");
  const HttpServer chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}");
  checkFails(chunked.url(), "broke");
}

TEST(KeySetDownload, takesNoMoreThanTheAnswerIsLong) {
  const HttpServer longer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\nmore");
  STRCMP_EQUAL("{}", documentFrom(longer.url()).c_str());
}

TEST(KeySetDownload, saysWhatIsWrongWithWhatIsNoHttp) {
  const HttpServer garbage(std::string("\0\x01garbage\r\n\r\n", 13));
  checkFails(garbage.url(), "the download failed: ");
  const HttpServer empty(std::string{});
  checkFails(empty.url(), "the download failed: ");
  const HttpServer badLength("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}");
  checkFails(badLength.url(), "the download failed: ");
}

TEST(KeySetDownload, saysThatNobodyListens) {
  std::string url;
  {
    const HttpServer gone("");
    url = gone.url();
  }
  checkFails(url, "its host can't be connected to");
}

TEST(KeySetDownload, P1_SEC_01_doesNotConnectToAPrivateAddressUnlessItMay) {
  options.privateAddresses = false;
  const HttpServer server(answerOf("{}"));
  checkFails(server.url(), "its host has a private address");
  checkFails(server.url(), "MercureJWKSPrivateAddresses On");
  checkFails(server.url("localhost"), "private address");
  checkFails(server.url("[::1]"), "private address");
  checkFails(server.url("0x7f.1"), "private address");
  checkFails(server.url("2130706433"), "private address");
  LONGS_EQUAL(0, server.connections());
}

TEST(KeySetDownload, P1_SEC_01_looksAtWhatANameMeansWhenItConnects) {
  options.privateAddresses = false;
  const HttpServer server(answerOf("{}"));
  const NameService service("keys.test", "127.0.0.1");
  checkFails(server.url("keys.test"), "private address");
  LONGS_EQUAL(0, server.connections());
  options.privateAddresses = true;
  STRCMP_EQUAL("{}", documentFrom(server.url("keys.test")).c_str());
}

TEST(KeySetDownload, saysThatANameIsUnknown) {
  const NameService service("keys.test", "");
  checkFails("https://keys.test/", "its host's name can't be resolved");
}

TEST(KeySetDownload, usesNoProxyOfTheEnvironment) {
  const HttpServer server(answerOf("{}"));
  const HttpServer proxy(answerOf("of the proxy"));
  const Variable http("http_proxy", proxy.url());
  const Variable all("ALL_PROXY", proxy.url());
  STRCMP_EQUAL("{}", documentFrom(server.url()).c_str());
  LONGS_EQUAL(0, proxy.connections());
}

TEST(KeySetDownload, sendsNoCredentials) {
  const HttpServer server(answerOf("{}"));
  failureOf(server.url("user:word@127.0.0.1"));
  LONGS_EQUAL(0, server.connections());
}

TEST(KeySetDownload, knowsNoOtherProtocol) {
  for (const char* url : {"file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
                          "dict://127.0.0.1/", "scp://127.0.0.1/", "http://", "://"})
    checkFails(url, "the download failed: ");
}

TEST(KeySetDownload, isNotBegunWhenItIsToStop) {
  const HttpServer server(answerOf("{}"));
  isToEnd = true;
  checkFails(server.url(), "given up");
  LONGS_EQUAL(0, server.connections());
}

TEST(KeySetDownload, stopsAtOnceWhateverItWaitsFor) {
  const HttpServer silent([](Connection& client) { client.keepSilent(); });
  const NameService slow("keys.test", "", milliseconds(1'500));
  for (const auto& url : {silent.url(), silent.url("keys.test")}) {
    isToEnd = false;
    steady_clock::time_point asked;
    std::thread stopper([&] {
      std::this_thread::sleep_for(milliseconds(400));
      asked = steady_clock::now();
      isToEnd = true;
    });
    const auto downloaded = download(url);
    const auto end = steady_clock::now();
    stopper.join();
    CHECK_TRUE(!downloaded && contains(downloaded.error(), "given up"));
    CHECK_TRUE(end - asked < milliseconds(1'000));
  }
}

TEST(KeySetDownload, oneAtEachThread) {
  const HttpServer server(answerOf("{}"));
  std::atomic<int> right{0};
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] { right += documentFrom(server.url()) == "{}" ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  LONGS_EQUAL(kThreads, right);
}

TEST(KeySetDownload, trustsACertificateThatAnAuthorityHasSigned) {
  const TestCertificate certificate("IP:127.0.0.1");
  const HttpServer server(answerOf("{}"), certificate.context());
  options.authorities = certificate.file();
  STRCMP_EQUAL("{}", documentFrom(server.url()).c_str());
}

TEST(KeySetDownload, trustsNoOtherCertificate) {
  const TestCertificate certificate("IP:127.0.0.1");
  const HttpServer server(answerOf("{}"), certificate.context());
  checkFails(server.url(), "its certificate can't be verified");
  const TestCertificate other("IP:127.0.0.1");
  options.authorities = other.file();
  checkFails(server.url(), "its certificate can't be verified");
  CHECK_TRUE(server.heads().empty());
}

TEST(KeySetDownload, trustsNoCertificateOfAnotherHost) {
  const TestCertificate certificate("DNS:other.test");
  const HttpServer server(answerOf("{}"), certificate.context());
  options.authorities = certificate.file();
  checkFails(server.url(), "its certificate can't be verified");
  CHECK_TRUE(server.heads().empty());
}

TEST(KeySetDownload, saysThatThereAreNoAuthorities) {
  const TestCertificate certificate("IP:127.0.0.1");
  const HttpServer server(answerOf("{}"), certificate.context());
  options.authorities = "/nonexistent";
  checkFails(server.url(), "ca-certificates");
}

TEST(KeySetDownload, leavesNothingInTheErrorQueue) {
  const TestCertificate certificate("IP:127.0.0.1");
  const HttpServer server(answerOf("{}"), certificate.context());
  ERR_clear_error();
  failureOf(server.url());
  UNSIGNED_LONGS_EQUAL(0, ERR_peek_error());
}

}  // namespace mercure::auth::test
