// Many subscribers of one hub that behave as browsers' EventSources do, and check that each update comes once
// and in order. An update's data are its publisher's number, a space and its own number.
//
// It is driven by lines on its standard input and answers each with a line of JSON, the counters so far:
//
//   open N      N more streams
//   expect PUBLISHER LAST REFUSED UNANSWERED
//               what became of a publisher's updates (see Outcome). Each list is numbers with commas between
//               them, or a hyphen. What is missing is counted from then on
//   report      nothing else
//   stop        the end, as the end of the input is
#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "audience.h"

namespace load {

namespace {

/// The longest that a command waits.
constexpr std::chrono::milliseconds kTurn{20};

[[noreturn]] void die(const std::string& why) {
  std::cerr << "subscribers: " << why << "\n";
  std::exit(2);
}

void raiseDescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Request parse(int count, char** arguments) {
  Request request;
  request.address.sin_family = AF_INET;
  request.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto number = [](const std::string& value) { return std::strtoul(value.c_str(), nullptr, 10); };
  const std::map<std::string, std::function<void(const std::string&)>> known = {
      {"--port",
       [&](auto& value) { request.address.sin_port = htons(static_cast<std::uint16_t>(number(value))); }},
      {"--host", [&](auto& value) { request.host = value; }},
      {"--target", [&](auto& value) { request.target = value; }},
      {"--token", [&](auto& value) { request.token = value; }},
      {"--retry", [&](auto& value) { request.retry = std::chrono::milliseconds(number(value)); }},
  };
  for (int i = 1; i < count; i += 2) {
    const auto option = known.find(arguments[i]);
    if (option == known.end() || i + 1 == count)
      die(std::string("unknown, or without a value: ") + arguments[i]);
    option->second(arguments[i + 1]);
  }
  if (request.address.sin_port == 0) die("--port is needed");
  return request;
}

std::vector<std::uint32_t> parseNumbers(const std::string& text) {
  std::vector<std::uint32_t> numbers;
  std::istringstream input(text == "-" ? "" : text);
  for (std::string number; std::getline(input, number, ',');)
    numbers.push_back(static_cast<std::uint32_t>(std::strtoul(number.c_str(), nullptr, 10)));
  return numbers;
}

class Control {
 public:
  explicit Control(const Request& request) : audience_(request) {}

  void run() {
    while (!isStopped_) {
      readCommands();
      audience_.turn(kTurn);
    }
  }

 private:
  void readCommands() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 0) <= 0) return;
    std::array<char, 4096> buffer{};
    const auto got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) isStopped_ = true;
    commands_.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    for (std::size_t end = 0; (end = commands_.find('\n')) != std::string::npos; commands_.erase(0, end + 1))
      obey(commands_.substr(0, end));
  }

  void obey(const std::string& line) {
    std::istringstream input(line);
    std::string command;
    input >> command;
    if (command == "open")
      open(input);
    else if (command == "expect")
      expect(input);
    else if (command == "stop")
      isStopped_ = true;
    else if (command != "report")
      die("unknown command: " + line);
    report();
  }

  void open(std::istringstream& input) {
    std::size_t count = 0;
    if (!(input >> count)) die("open: expected a number");
    audience_.open(count);
  }

  void expect(std::istringstream& input) {
    std::uint32_t publisher = 0;
    Outcome outcome;
    std::string refused, unanswered;
    if (!(input >> publisher >> outcome.last >> refused >> unanswered)) die("expect: expected four words");
    outcome.refused = parseNumbers(refused);
    outcome.unanswered = parseNumbers(unanswered);
    outcomes_[publisher] = outcome;
  }

  void report() const {
    const Tally& tally = audience_.tally();
    const Account account = audience_.account(outcomes_);
    std::ostringstream text;
    const auto put = [&](const char* name, std::uint64_t value) {
      text << '"' << name << "\": " << value << ", ";
    };
    put("streams", audience_.streams());
    put("opened", tally.opened);
    put("closed", tally.closed);
    put("failed", tally.failed);
    put("forgotten", tally.forgotten);
    put("delivered", tally.delivered);
    put("duplicated", tally.duplicated);
    put("reordered", tally.reordered);
    put("foreign", tally.foreign);
    put("missing", account.missing);
    put("refused_delivered", account.refused);
    put("invented", account.invented);
    put("divided", account.divided);
    put("orders", account.orders);
    std::string givenUp;
    for (const auto& [why, count] : tally.givenUp)
      givenUp += (givenUp.empty() ? "\"" : ", \"") + why + "\": " + std::to_string(count);
    std::cout << "{" << text.str() << "\"given_up\": {" << givenUp << "}}" << std::endl;
  }

  Audience audience_;
  Outcomes outcomes_;
  std::string commands_;
  bool isStopped_ = false;
};

}  // namespace

}  // namespace load

int main(int argc, char** argv) {
  load::raiseDescriptorLimit();
  load::Control(load::parse(argc, argv)).run();
}
