#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace mercure::endpoint {

enum class BodyFault {
  TooLarge,
  Incomplete,  ///< ended before its length or its last chunk
  Malformed,   ///< broken framing
  TimedOut,
};

/// A request on one of the hub's paths, as its front received it. Views live as long as the request.
class Request {
 public:
  virtual ~Request() = default;

  [[nodiscard]] virtual std::string_view method() const = 0;
  /// What follows the hub's own path, still percent-encoded: empty, or beginning with `/`.
  [[nodiscard]] virtual std::string_view subpath() const = 0;
  /// Whether it is not for the hub itself but for what describes it: on metadataPathOf() the hub's path.
  [[nodiscard]] virtual bool asksForMetadata() const = 0;
  /// The query without its `?`, still encoded.
  [[nodiscard]] virtual std::string_view query() const = 0;
  /// Every value of a field, in order; ASCII case of the name does not matter.
  [[nodiscard]] virtual std::vector<std::string_view> fields(std::string_view name) const = 0;
  /// Whether the client's connection is TLS.
  [[nodiscard]] virtual bool isEncrypted() const = 0;
  /// Whether passwords in the `Authorization` field (Basic, Digest) are the server's own: it has
  /// authenticated this request by one, or is set up to where it sees fit (ANY-13).
  [[nodiscard]] virtual bool hasServersPassword() const = 0;
  /// The hub's own origin as this client addressed it: scheme, host, and the port where it is not the
  /// scheme's.
  [[nodiscard]] virtual std::string ownOrigin() const = 0;
  /// Reads the whole body, once; at most `limit` bytes.
  [[nodiscard]] virtual tl::expected<std::string, BodyFault> readBody(std::size_t limit) = 0;
};

}  // namespace mercure::endpoint
