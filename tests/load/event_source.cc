#include "event_source.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <optional>

namespace load {

namespace {

constexpr std::uint32_t kPublishers = 1000;

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

struct Update {
  std::uint32_t publisher = 0, number = 0;
};

std::optional<Update> parseUpdate(std::string_view data) {
  Update update;
  const auto first = std::from_chars(data.begin(), data.end(), update.publisher);
  if (first.ec != std::errc() || first.ptr == data.end() || *first.ptr != ' ') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, data.end(), update.number);
  const bool isPlausible = update.publisher < kPublishers && update.number > 0;
  return second.ec == std::errc() && isPlausible ? std::optional(update) : std::nullopt;
}

/// The value of a field of a response head; empty when there is none.
std::string fieldOf(const std::string& head, const std::string& name) {
  const auto at = lowered(head).find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

}  // namespace

int EventSource::connect() {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return -1;
  const auto* address = reinterpret_cast<const sockaddr*>(&request_->address);
  if (::connect(descriptor_, address, sizeof request_->address) < 0 && errno != EINPROGRESS) {
    end();
    return -1;
  }
  state_ = State::Connecting;
  return descriptor_;
}

void EventSource::advance() {
  if (state_ == State::Connecting) ask();
  if (state_ == State::Asked || state_ == State::Open) read();
}

/// A request is small enough to go at once or not at all.
void EventSource::ask() {
  std::string text = "GET " + request_->target + " HTTP/1.1\r\nHost: " + request_->host +
                     "\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n";
  if (!request_->token.empty()) text += "Authorization: Bearer " + request_->token + "\r\n";
  if (!parser_.lastEventId().empty()) text += "Last-Event-ID: " + parser_.lastEventId() + "\r\n";
  text += "\r\n";
  const auto sent = send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(text.size()))
    state_ = State::Asked;
  else if (errno != EAGAIN && errno != ENOTCONN)
    end();
}

void EventSource::read() {
  static std::array<char, 65536> buffer;
  while (state_ == State::Asked || state_ == State::Open) {
    const auto got = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return end();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    state_ == State::Open ? takeBody(bytes) : takeHead(bytes);
  }
}

void EventSource::takeHead(std::string_view bytes) {
  head_ += bytes;
  const auto size = head_.find("\r\n\r\n");
  if (size == std::string::npos) return;
  const std::string rest = head_.substr(size + 4);
  const std::string head = head_.substr(0, size + 2);
  std::string().swap(head_);

  const std::string status = head.substr(head.find(' ') + 1, 3);
  if (status != "200") return giveUp(status);
  const std::string type = fieldOf(head, "content-type");
  if (!lowered(type).starts_with("text/event-stream"))
    return giveUp("content type " + type.substr(0, type.find(';')));
  if (!parser_.lastEventId().empty() && fieldOf(head, "last-event-id") == "earliest") ++tally_->forgotten;
  isChunked_ = lowered(fieldOf(head, "transfer-encoding")) == "chunked";
  body_ = ChunkedBody();
  state_ = State::Open;
  ++tally_->opened;
  takeBody(rest);
}

void EventSource::takeBody(std::string_view bytes) {
  const auto dispatch = [this](std::string_view data) { takeUpdate(data); };
  if (!isChunked_) return parser_.feed(bytes, dispatch);
  body_.feed(bytes, [&](std::string_view content) { parser_.feed(content, dispatch); });
  if (body_.isComplete()) end();
}

/// Its data begin with the publisher's number and its own.
void EventSource::takeUpdate(std::string_view data) {
  const auto update = parseUpdate(data);
  if (!update) {
    ++tally_->foreign;
    return;
  }
  ++tally_->delivered;
  switch (ledger_.note(update->publisher, update->number)) {
    case Arrival::InOrder:
      break;
    case Arrival::Late:
      ++tally_->reordered;
      break;
    case Arrival::Again:
      ++tally_->duplicated;
      break;
  }
}

void EventSource::giveUp(const std::string& why) {
  ++tally_->givenUp[why];
  close();
  state_ = State::GivenUp;
}

/// The network's doing, or the hub's.
void EventSource::end() {
  ++(state_ == State::Open ? tally_->closed : tally_->failed);
  close();
}

void EventSource::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  head_.clear();
  parser_.reset();
  state_ = State::Closed;
}

}  // namespace load
