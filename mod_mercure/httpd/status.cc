#include "httpd/status.h"

#include <httpd.h>

#include <string>
#include <utility>
#include <vector>

#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <mod_status.h>

#include "httpd/context.h"
#include "httpd/guard.h"

namespace mercure::httpd {
namespace {

using Line = std::pair<std::string, std::int64_t>;

std::vector<Line> linesOf(const hub::Hub& hub) {
  const hub::Gauges gauges = hub.gauges();
  const hub::Counters& counters = hub.counters();
  const auto value = [](const std::atomic<std::uint64_t>& counter) {
    return static_cast<std::int64_t>(counter.load(std::memory_order_relaxed));
  };
  std::vector<Line> lines{
      {"Streams", gauges.streams},
      {"ThreadedStreams", gauges.threadedStreams},
      {"TLSStreams", gauges.tlsStreams},
      {"Processes", gauges.processes},
      {"Keepers", gauges.keepers},
      {"Published", value(counters.published)},
      {"Delivered", value(counters.delivered)},
      {"SelectorsEvaluated", value(counters.selectorsEvaluated)},
      {"StreamsOpened", value(counters.streamsOpened)},
      {"StreamsClosed", value(counters.streamsClosed)},
      {"Overruns", value(counters.overruns)},
      {"Replays", value(counters.replays)},
      {"HistoryRefused", value(counters.historyRefused)},
      {"HistoryLost", value(counters.historyLost)},
      {"Repairs", value(counters.repairs)},
  };
  for (std::size_t i = 0; i < hub::kRefusals; ++i)
    lines.emplace_back("Refused" + std::string(hub::nameOf(static_cast<hub::Refusal>(i))),
                       value(counters.refused[i]));
  return lines;
}

void printLines(request_rec* request, const hub::Hub& hub) {
  ap_rprintf(request, "MercureHub: %s\n", hub.name().c_str());
  for (const auto& [name, value] : linesOf(hub))
    ap_rprintf(request, "Mercure%s: %" APR_INT64_T_FMT "\n", name.c_str(), static_cast<apr_int64_t>(value));
}

void printTable(request_rec* request, const hub::Hub& hub) {
  ap_rprintf(request, "<hr>\n<h2>Mercure hub %s</h2>\n<table>\n",
             ap_escape_html(request->pool, hub.name().c_str()));
  for (const auto& [name, value] : linesOf(hub))
    ap_rprintf(request, "<tr><th align=\"left\">%s</th><td align=\"right\">%" APR_INT64_T_FMT "</td></tr>\n",
               name.c_str(), static_cast<apr_int64_t>(value));
  ap_rputs("</table>\n", request);
}

int show(request_rec* request, int flags) {
  if (context() == nullptr) return DECLINED;
  return guarded(request->server, "showing the status", DECLINED, [&] {
    for (const Context::ServedHub& each : context()->hubs()) {
      if ((flags & AP_STATUS_SHORT) != 0)
        printLines(request, *each.hub);
      else
        printTable(request, *each.hub);
    }
    return OK;
  });
}

}  // namespace

void registerStatusHook() {
  APR_OPTIONAL_HOOK(ap, status_hook, show, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace mercure::httpd
