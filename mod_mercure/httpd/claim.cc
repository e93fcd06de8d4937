#include <httpd.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include "endpoint/masking.h"
#include "httpd/context.h"
#include "httpd/guard.h"
#include "httpd/hub_request.h"
#include "httpd/server_config.h"

namespace mercure::httpd {
namespace {

HubRequest* changeableHubRequestOf(const request_rec* request) noexcept {
  return static_cast<HubRequest*>(ap_get_module_config(request->request_config, &mercure_module));
}

/// The path as the client wrote it: without scheme and host, in case the request is in absolute form, and
/// without query or fragment. r->uri and parsed_uri.path are normalised already.
std::string_view rawPath(std::string_view uri) {
  if (!uri.empty() && uri.front() != '/') {
    const std::size_t authority = uri.find("://");
    if (authority == std::string_view::npos) return {};
    const std::size_t path = uri.find_first_of("/?#", authority + 3);
    if (path == std::string_view::npos || uri[path] != '/') return {};
    uri.remove_prefix(path);
  }
  return uri.substr(0, uri.find_first_of("?#"));
}

/// Whether `path` is the hub's or below it, or the hub's with a query that was begun with `&`, which may hold
/// a token.
bool isHubPath(std::string_view path, std::string_view hubPath) {
  return path.substr(0, hubPath.size()) == hubPath &&
         (path.size() == hubPath.size() || path[hubPath.size()] == '/' || path[hubPath.size()] == '&');
}

/// Where no such document is served, the path is the site's own.
bool isMetadataPath(std::string_view path, const endpoint::Settings& settings) {
  return settings.servesMetadata() && settings.identity.isMetadataPath(path);
}

const char* inPool(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

using Mask = std::optional<std::string> (*)(std::string_view text);

void maskText(apr_pool_t* pool, char*& text, Mask mask) {
  if (text == nullptr) return;
  if (const auto masked = mask(text)) text = apr_pstrmemdup(pool, masked->data(), masked->size());
}

void maskField(apr_pool_t* pool, apr_table_t* fields, const char* name, Mask mask) {
  const char* value = apr_table_get(fields, name);
  if (value == nullptr) return;
  if (const auto masked = mask(value)) apr_table_setn(fields, name, inPool(pool, *masked));
}

void maskRequest(request_rec* request, Mask mask) {
  apr_pool_t* pool = request->pool;
  maskText(pool, request->the_request, mask);
  maskText(pool, request->unparsed_uri, mask);
  if (request->args == nullptr) return;
  if (const auto masked = mask(std::string("?") + request->args)) {
    request->args = apr_pstrmemdup(pool, masked->data() + 1, masked->size() - 1);
    request->parsed_uri.query = request->args;
  }
}

/// Also what other modules have made of it, which is theirs until they have answered.
void maskAnsweredRequest(request_rec* request, Mask mask) {
  maskRequest(request, mask);
  maskText(request->pool, request->uri, mask);
  maskText(request->pool, request->filename, mask);
  maskField(request->pool, request->headers_out, "Location", mask);
  maskField(request->pool, request->err_headers_out, "Location", mask);
}

enum class Destination { Elsewhere, Hub, Metadata };

Destination destinationOf(const request_rec& request, const Site* site) {
  if (site == nullptr || request.unparsed_uri == nullptr) return Destination::Elsewhere;
  const std::string_view path = rawPath(request.unparsed_uri);
  if (isMetadataPath(path, site->settings)) return Destination::Metadata;
  return isHubPath(path, site->settings.path) ? Destination::Hub : Destination::Elsewhere;
}

const char* subpathOf(const request_rec& request, const Site& site) {
  const std::string_view subpath = rawPath(request.unparsed_uri).substr(site.settings.path.size());
  const auto masked = endpoint::maskTokens(subpath);
  return inPool(request.pool, masked ? *masked : subpath);
}

int recognise(request_rec* request) {
  const Site* site = configOf(request->server).site.get();
  if (site == nullptr && context() == nullptr) return DECLINED;
  return guarded(request->server, "recognising a request", static_cast<int>(HTTP_INTERNAL_SERVER_ERROR), [&] {
    const Destination destination = destinationOf(*request, site);
    const Mask mask =
        destination == Destination::Elsewhere ? endpoint::maskAuthorization : endpoint::maskTokens;
    maskField(request->pool, request->headers_in, "Referer", mask);  // part of every line in the error log
    if (destination == Destination::Elsewhere) return DECLINED;
    auto* found = static_cast<HubRequest*>(apr_pcalloc(request->pool, sizeof(HubRequest)));
    found->site = site;
    found->isMetadata = destination == Destination::Metadata;
    found->subpath = found->isMetadata ? "" : subpathOf(*request, *site);
    found->query = request->args != nullptr ? request->args : "";
    ap_set_module_config(request->request_config, &mercure_module, found);
    maskRequest(request, mask);
    return DECLINED;
  });
}

/// DONE: the path stays as it came, with its %2F, and no module may translate it.
int claimUndecoded(request_rec* request) {
  if (hubRequestOf(request) == nullptr) return DECLINED;
  request->handler = "mercure";
  return DONE;
}

/// What translation hooks change in a request, to be put back.
class Translation {
 public:
  explicit Translation(request_rec* request)
      : request_(request),
        uri_(request->uri),
        args_(request->args),
        filename_(request->filename),
        handler_(request->handler),
        proxyreq_(request->proxyreq) {}
  void undo() const {
    request_->uri = uri_;
    request_->args = args_;
    request_->filename = filename_;
    request_->handler = handler_;
    request_->proxyreq = proxyreq_;
  }

 private:
  request_rec* request_;
  char* uri_;
  char* args_;
  char* filename_;
  const char* handler_;
  int proxyreq_;
};

/// The redirect that another module has for a request over clear text, such as the site's way to https, or
/// DECLINED. One module serves both redirects and other translations in a hook after ours, so the order of
/// hooks can't tell them apart.
int askForRedirect(request_rec* request, HubRequest& hubRequest) {
  const Translation before(request);
  if (request->args != nullptr) request->args = apr_pstrdup(request->pool, hubRequest.query);
  hubRequest.isAsking = true;
  const int answer = ap_run_translate_name(request);
  hubRequest.isAsking = false;
  before.undo();
  return ap_is_HTTP_REDIRECT(answer) ? answer : DECLINED;
}

int claimName(request_rec* request) {
  HubRequest* hubRequest = changeableHubRequestOf(request);
  if (hubRequest == nullptr || hubRequest->isAsking) return DECLINED;
  if (std::string_view(ap_http_scheme(request)) != "https") {
    const int redirect = askForRedirect(request, *hubRequest);
    if (redirect != DECLINED) return redirect;
  }
  request->handler = "mercure";
  request->filename = apr_pstrdup(request->pool, "mercure");
  return OK;
}

/// No directory walk: the hub is no file. Before the core's own hook, which would answer TRACE.
int claimStorage(request_rec* request) {
  return hubRequestOf(request) != nullptr ? OK : DECLINED;
}

/// Of every other request, those that httpd refused before it told us of them included: a token may have been
/// sent to a mistyped path, or to a virtual host that redirects to the hub's. Only now, for another
/// application's `authorization` is its own until it has answered.
int maskLoggedRequest(request_rec* request) {
  if (context() == nullptr) return DECLINED;
  return guarded(request->server, "masking a token", DECLINED, [&] {
    // mod_log_config shows parts of the first and of the last of internal redirects.
    request_rec* first = request;
    while (first->prev != nullptr) first = first->prev;
    const Mask mask = hubRequestOf(first) != nullptr ? endpoint::maskTokens : endpoint::maskAuthorization;
    for (request_rec* each = first; each != nullptr; each = each->next) maskAnsweredRequest(each, mask);
    return DECLINED;
  });
}

}  // namespace

const HubRequest* hubRequestOf(const request_rec* request) noexcept {
  return changeableHubRequestOf(request);
}

void registerClaimHooks() {
  ap_hook_post_read_request(recognise, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_pre_translate_name(claimUndecoded, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_translate_name(claimName, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_map_to_storage(claimStorage, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_log_transaction(maskLoggedRequest, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
}

}  // namespace mercure::httpd
