// Opens subscribers to a hub of any kind, publishes to them, and prints as one JSON object what that cost the
// server and how late updates arrived. There are three phases: all subscribers are opened; updates are
// published at a steady rate, for the cost and the latency; then as fast as one connection takes them.
#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cost.h"
#include "fleet.h"
#include "net.h"
#include "publisher.h"

namespace bench {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kSettling = kSecond;      // after openings, before the server's memory is looked at
constexpr std::uint64_t kPatience = 3 * kSecond;  // without a delivery, until missing ones count as lost

/// The first subscribers make a server set up what it has once, or once for each thread; what one subscriber
/// takes is measured from there on.
constexpr std::size_t kFirst = 500;

struct Options {
  std::string subscribe, publish, token, topic;
  std::size_t subscribers = 1, updates = 100, burst = 100;
  double rate = 100;
  double timeout = 60;
  std::vector<pid_t> processes;
};

Options parse(int count, char** arguments) {
  Options options;
  const auto number = [](const std::string& value) { return std::strtoul(value.c_str(), nullptr, 10); };
  const std::map<std::string, std::function<void(const std::string&)>> known = {
      {"--subscribe", [&](auto& value) { options.subscribe = value; }},
      {"--publish", [&](auto& value) { options.publish = value; }},
      {"--token", [&](auto& value) { options.token = value; }},
      {"--topic", [&](auto& value) { options.topic = value; }},
      {"--subscribers", [&](auto& value) { options.subscribers = number(value); }},
      {"--updates", [&](auto& value) { options.updates = number(value); }},
      {"--burst", [&](auto& value) { options.burst = number(value); }},
      {"--rate", [&](auto& value) { options.rate = std::strtod(value.c_str(), nullptr); }},
      {"--timeout", [&](auto& value) { options.timeout = std::strtod(value.c_str(), nullptr); }},
      {"--server", [&](auto& value) { options.processes.push_back(static_cast<pid_t>(number(value))); }},
  };
  for (int i = 1; i < count; i += 2) {
    const auto option = known.find(arguments[i]);
    if (option == known.end() || i + 1 == count)
      die(std::string("unknown, or without a value: ") + arguments[i]);
    option->second(arguments[i + 1]);
  }
  if (options.subscribe.empty() || options.publish.empty()) die("--subscribe and --publish are needed");
  return options;
}

struct Outcome {
  std::size_t accepted = 0;
  std::size_t failed = 0;
  std::size_t lost = 0;
  double seconds = 0;                    // from the first publish to the last delivery
  double cpuSeconds = 0;                 // of the server, in that time
  std::vector<std::uint32_t> latencies;  // sorted

  [[nodiscard]] double perDelivery() const {
    return latencies.empty() ? 0 : cpuSeconds * 1e6 / static_cast<double>(latencies.size());
  }
  [[nodiscard]] std::uint32_t latency(double quantile) const {
    if (latencies.empty()) return 0;
    return latencies[static_cast<std::size_t>(static_cast<double>(latencies.size() - 1) * quantile)];
  }
};

/// Publishes so many updates, at a rate or, if that is 0, each as soon as the one before it is answered.
void publishAll(const Options& options, std::size_t updates, double rate, std::atomic<std::size_t>& accepted,
                std::atomic<std::size_t>& failed) {
  Publisher publisher(parseUrl(options.publish), options.token, options.topic);
  const std::uint64_t start = now();
  for (std::size_t i = 0; i < updates; i++) {
    const std::uint64_t due =
        start + (rate > 0 ? static_cast<std::uint64_t>(static_cast<double>(i) * 1e9 / rate) : 0);
    if (const std::uint64_t time = now(); due > time)
      std::this_thread::sleep_for(std::chrono::nanoseconds(due - time));
    const int status = publisher.publish();
    if (status >= 200 && status < 300)
      ++accepted;
    else if (failed++ == 0)
      std::cerr << "sseload: first failed publish: status " << status << "\n";
  }
}

Outcome run(const Options& options, Fleet& fleet, std::size_t updates, double rate) {
  const std::size_t audience = fleet.tally.opened - fleet.tally.dropped;
  fleet.tally.latencies.clear();
  fleet.tally.latencies.reserve(updates * audience);

  const double before = costOf(options.processes).cpuSeconds;
  const std::uint64_t start = now();
  const std::uint64_t deadline = start + static_cast<std::uint64_t>(options.timeout * 1e9);
  std::atomic<std::size_t> accepted{0}, failed{0};
  std::atomic<bool> publishing{true};
  std::thread publisher([&] {
    publishAll(options, updates, rate, accepted, failed);
    publishing = false;
  });

  std::size_t seen = 0;
  std::uint64_t last = start, time = start;
  while (publishing || (seen < accepted * audience && time - last < kPatience && time < deadline)) {
    fleet.turn(5);
    time = now();
    if (time > deadline && publishing) die("publishing took longer than --timeout allows");
    if (fleet.tally.latencies.size() == seen) continue;
    seen = fleet.tally.latencies.size();
    last = time;
  }
  publisher.join();

  Outcome outcome;
  outcome.cpuSeconds = costOf(options.processes).cpuSeconds - before;
  outcome.accepted = accepted;
  outcome.failed = failed;
  outcome.lost = accepted * audience - std::min(seen, accepted * audience);
  outcome.seconds = static_cast<double>(last - start) / 1e9;
  outcome.latencies = std::move(fleet.tally.latencies);
  std::sort(outcome.latencies.begin(), outcome.latencies.end());
  return outcome;
}

/// Opens subscribers until there are so many, and lets the server come to rest. Seconds that the opening
/// took.
double open(const Options& options, Fleet& fleet, std::size_t count) {
  const std::uint64_t start = now();
  if (!fleet.openUntil(count, start + static_cast<std::uint64_t>(options.timeout * 1e9)))
    die("only " + std::to_string(fleet.tally.opened) + " of " + std::to_string(count) +
        " subscribers were let in");
  const std::uint64_t end = now();
  while (now() < end + kSettling) fleet.turn(20);
  return static_cast<double>(end - start) / 1e9;
}

int measure(const Options& options) {
  Fleet fleet(parseUrl(options.subscribe), options.token, options.subscribers);
  const std::size_t first = std::min(options.subscribers / 2, kFirst);
  double opening = open(options, fleet, first);
  const double before = costOf(options.processes).pssBytes;
  opening += open(options, fleet, options.subscribers);
  const double parked = costOf(options.processes).pssBytes;

  const Outcome steady = run(options, fleet, options.updates, options.rate);
  const Outcome burst = run(options, fleet, options.burst, 0);

  std::printf("{\"cpu_us_per_delivery\": %.4f, \"bytes_per_subscriber\": %.1f, \"server_bytes\": %.0f, ",
              steady.perDelivery(), (parked - before) / static_cast<double>(options.subscribers - first),
              parked);
  std::printf("\"opens_per_s\": %.1f, \"publishes_per_s\": %.2f, ",
              static_cast<double>(options.subscribers) / opening,
              burst.seconds > 0 ? static_cast<double>(burst.accepted) / burst.seconds : 0);
  std::printf("\"p50_us\": %u, \"p99_us\": %u, \"failed\": %zu, \"lost\": %zu, \"dropped\": %zu}\n",
              steady.latency(.5), steady.latency(.99), steady.failed + burst.failed, steady.lost + burst.lost,
              fleet.tally.dropped);
  return 0;
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
  bench::raiseDescriptorLimit();
  return bench::measure(bench::parse(argc, argv));
}
