#include "httpd/signal_context.h"

#include <httpd.h>

#include <csignal>

#include <ap_mpm.h>

namespace mercure::httpd {

bool hasThreadedMpm() noexcept {
  int isThreaded = 0;
  ap_mpm_query(AP_MPMQ_IS_THREADED, &isThreaded);
  return isThreaded != AP_MPMQ_NOT_SUPPORTED;
}

bool isInSignalHandler() noexcept {
  if (hasThreadedMpm()) return false;
  // A handler runs with its own signal blocked, and nothing else in a prefork child blocks these.
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return sigismember(&blocked, SIGTERM) == 1 || sigismember(&blocked, SIGHUP) == 1;
}

}  // namespace mercure::httpd
