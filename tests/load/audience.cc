#include "audience.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

namespace load {

namespace {

using State = EventSource::State;

constexpr std::size_t kBeginningAtOnce = 24;

}  // namespace

Audience::Audience(const Request& request) : request_(request), poll_(epoll_create1(EPOLL_CLOEXEC)) {
}

void Audience::open(std::size_t count) {
  wanted_ += count;
  openMore();
}

void Audience::openMore() {
  while (all_.size() < wanted_ && beginning_ < kBeginningAtOnce) {
    all_.emplace_back(request_, tally_);
    hasBegun_.push_back(false);
    ++beginning_;
    connect(static_cast<std::uint32_t>(all_.size() - 1));
  }
}

void Audience::connect(std::uint32_t index) {
  const int descriptor = all_[index].connect();
  if (descriptor < 0) return settle(index);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.u32 = index;
  epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Audience::turn(std::chrono::milliseconds longest) {
  if (!due_.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_.top().first - Clock::now());
    longest = std::clamp(left, std::chrono::milliseconds(0), longest);
  }
  std::array<epoll_event, 512> events{};
  const int count = epoll_wait(poll_, events.data(), events.size(), static_cast<int>(longest.count()));
  for (int i = 0; i < count; ++i) {
    const std::uint32_t index = events[static_cast<std::size_t>(i)].data.u32;
    all_[index].advance();
    settle(index);
  }
  for (const auto now = Clock::now(); !due_.empty() && due_.top().first <= now;) {
    const std::uint32_t index = due_.top().second;
    due_.pop();
    connect(index);
  }
  openMore();
}

/// Sees to a subscriber that has opened, ended or given up.
void Audience::settle(std::uint32_t index) {
  const EventSource& source = all_[index];
  const bool hasBegun = source.state() == State::Open || source.state() == State::GivenUp;
  if (hasBegun && !hasBegun_[index]) {
    hasBegun_[index] = true;
    --beginning_;
  }
  if (source.state() == State::Closed) due_.emplace(Clock::now() + source.pause(), index);
}

std::size_t Audience::streams() const {
  return static_cast<std::size_t>(std::count_if(
      all_.begin(), all_.end(), [](const EventSource& each) { return each.state() == State::Open; }));
}

Account Audience::account(const Outcomes& outcomes) const {
  Accounting accounting(outcomes);
  for (const EventSource& each : all_)
    if (each.state() != State::GivenUp) accounting.add(each.ledger());
  return accounting.sum();
}

}  // namespace load
