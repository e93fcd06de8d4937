#pragma once

namespace mercure::protocol {

/// A generation of the Mercure protocol, whose rules judge a token, a matcher or an update.
enum class Generation {
  V0,  ///< 0.x (draft 07)
  V1,  ///< 1.0 (draft 08)
};

/// The generations that a hub serves (MercureProtocol).
enum class Protocol { V0, V1, Any };

}  // namespace mercure::protocol
