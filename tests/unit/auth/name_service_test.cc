#include "auth/name_service.h"

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <mutex>
#include <thread>

#include <CppUTest/TestHarness.h>

namespace mercure::auth::test {

namespace {

/// The stand-in below is C and has no other way to it.
struct State {
  std::mutex mutex;
  std::string name;
  std::string address;
  std::chrono::milliseconds delay{0};
  std::atomic<int> asking{0};
};

State& state() {
  static State only;
  return only;
}

using Lookup = int(const char*, const char*, const addrinfo*, addrinfo**);

int lookUp(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  auto* const system = reinterpret_cast<Lookup*>(dlsym(RTLD_NEXT, "getaddrinfo"));
  std::unique_lock lock(state().mutex);
  if (node == nullptr || state().name != node) {
    lock.unlock();
    return system(node, service, hints, result);
  }
  const std::string address = state().address;
  const auto delay = state().delay;
  lock.unlock();
  std::this_thread::sleep_for(delay);
  return address.empty() ? EAI_NONAME : system(address.c_str(), service, hints, result);
}

}  // namespace

NameService::NameService(std::string name, std::string address, std::chrono::milliseconds delay) {
  const std::lock_guard lock(state().mutex);
  state().name = std::move(name);
  state().address = std::move(address);
  state().delay = delay;
}

NameService::~NameService() {
  while (asking() > 0) std::this_thread::yield();
  const std::lock_guard lock(state().mutex);
  state().name.clear();
}

int NameService::asking() {
  return state().asking;
}

TEST_GROUP(NameService){};

TEST(NameService, standsInForItsNameAndNoOther) {
  addrinfo* found = nullptr;
  {
    const NameService service("known.test", "192.0.2.1");
    LONGS_EQUAL(0, getaddrinfo("known.test", "80", nullptr, &found));
    freeaddrinfo(found);
    LONGS_EQUAL(0, getaddrinfo("127.0.0.1", "80", nullptr, &found));
    freeaddrinfo(found);
  }
  const NameService service("unknown.test", "");
  LONGS_EQUAL(EAI_NONAME, getaddrinfo("unknown.test", "80", nullptr, &found));
}

}  // namespace mercure::auth::test

/// Takes the place of the C library's, for libcurl too.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  ++mercure::auth::test::state().asking;
  const int status = mercure::auth::test::lookUp(node, service, hints, result);
  --mercure::auth::test::state().asking;
  return status;
}
