#pragma once

#include <memory>
#include <optional>

#include "hub/send_queue.h"
#include "hub/stream.h"
#include "hub/transport.h"

namespace mercure::hub {

/// A stream on a connection that httpd has let go of: the dispatcher writes it. Never blocks.
class SocketStream final : public Stream {
 public:
  SocketStream(Seat seat, HandedOverConnection connection, Subscription subscription,
               std::shared_ptr<const StreamLimits> limits, std::optional<MonotonicTime> endsAt);

  void open(const Turn& turn) noexcept override;
  [[nodiscard]] int descriptor() const noexcept override { return connection_.descriptor; }
  [[nodiscard]] bool wantsWritable() const noexcept override { return writeBlocked_ || readBlocked_; }
  using Stream::push;
  [[nodiscard]] bool push(const SharedFrame& frame, std::size_t limit, const Turn& turn) override;
  [[nodiscard]] bool isDrained() noexcept override { return queue_.empty(); }
  [[nodiscard]] std::optional<EndReason> flush(Turn& turn) noexcept override;
  [[nodiscard]] std::optional<EndReason> onReady(Turn& turn) noexcept override;
  [[nodiscard]] std::optional<EndReason> onTimer(Turn& turn) override;
  [[nodiscard]] std::optional<EndReason> finished() const noexcept override { return std::nullopt; }
  [[nodiscard]] MonotonicTime deadline() const noexcept override;
  void end(EndReason reason, const SharedFrame& farewell, Turn& turn) noexcept override;
  [[nodiscard]] Tally tally() const noexcept override { return sent_; }

 private:
  [[nodiscard]] MonotonicTime heartbeatDue() const noexcept;
  [[nodiscard]] MonotonicTime sendTimeoutDue() const noexcept;

  HandedOverConnection connection_;
  SendQueue queue_;
  MonotonicTime lastSent_{};   // when anything went out last
  MonotonicTime headSince_{};  // when the queue's head became it
  Tally sent_;
  bool writeBlocked_ = false;  // until the socket can be written
  bool readBlocked_ = false;   // a TLS read that waits for it too
};

}  // namespace mercure::hub
