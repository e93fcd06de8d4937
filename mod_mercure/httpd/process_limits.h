#pragma once

#include <cstddef>

#include "httpd/module.h"

// How many processes there may be at once; to be asked once the whole configuration has been read.
namespace mercure::httpd {

/// Children that httpd may have at once (ServerLimit). A reload lets as many old ones live beside the new.
[[nodiscard]] std::size_t maxChildren() noexcept;

/// Keepers that the server may have at once (MercureMaxKeepers).
[[nodiscard]] std::size_t maxKeepers(server_rec* mainServer);

}  // namespace mercure::httpd
