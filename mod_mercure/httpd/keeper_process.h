#pragma once

#include <span>

#include "httpd/module.h"
#include "hub/descriptor.h"

namespace mercure::httpd {

/// Makes a fork of a child a process of its own: a session and a name of its own, the signals of an ordinary
/// process, and no descriptor but `kept`, sorted, and the error logs of `servers`. A log that is no file
/// (piped, or a terminal) is lost to it, for whoever reads it must see its end. Before any thread is started.
void standAlone(std::span<const int> kept, std::span<server_rec* const> servers);

/// Becomes readable when somebody asks this process to end (SIGTERM), which does not end it any more. Before
/// threads are started.
[[nodiscard]] hub::Descriptor watchForTermination();

}  // namespace mercure::httpd
