#include "httpd/remote_key_sets.h"

#include <algorithm>
#include <memory>

#include "auth/key_set_download.h"
#include "endpoint/remote_key_set.h"
#include "httpd/guard.h"
#include "httpd/server_config.h"

namespace mercure::httpd {
namespace {

using endpoint::KeySetNews;
using endpoint::RemoteKeySet;

void log(const std::string& hub, const server_rec* server, const KeySetNews& news) noexcept {
  guarded(server, "telling of a key set", OK, [&] {
    const std::string url(news.url);
    const std::string explanation(news.explanation);
    switch (news.kind) {
      case KeySetNews::Kind::Refused:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, server,
                     MERCURE_LOG_ID(0025) "hub %s: no new keys from %s, any that it gave before stay: %s",
                     hub.c_str(), url.c_str(), explanation.c_str());
        break;
      case KeySetNews::Kind::Restored:
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server, MERCURE_LOG_ID(0026) "hub %s: %s gives keys again",
                     hub.c_str(), url.c_str());
        break;
      case KeySetNews::Kind::Changed:
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, server,
                     MERCURE_LOG_ID(0027) "hub %s: the keys of %s have changed%s%s", hub.c_str(), url.c_str(),
                     explanation.empty() ? "" : ": ", explanation.c_str());
        break;
      case KeySetNews::Kind::Useless:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, server,
                     MERCURE_LOG_ID(0028) "hub %s: %s has no key that can be used any more, so tokens that need one are "
                                          "refused%s%s",
                     hub.c_str(), url.c_str(), explanation.empty() ? "" : ": ", explanation.c_str());
        break;
    }
    return OK;
  });
}

RemoteKeySet::Options optionsFor(const KeySetSource& source, bool privateAddresses, std::string hubName,
                                 const server_rec* server) {
  RemoteKeySet::Options options;
  options.url = source.place();
  options.read = [algorithms = source.algorithms()](std::string_view document) {
    return auth::readKeySet(document, algorithms);
  };
  options.download = [privateAddresses](const std::string& url, const std::atomic<bool>& stop) {
    auth::DownloadOptions download;
    download.privateAddresses = privateAddresses;
    return auth::downloadKeySet(url, download, stop);
  };
  options.observer = [hubName = std::move(hubName), server](const KeySetNews& news) {
    log(hubName, server, news);
  };
  return options;
}

/// Every place of a virtual host's configuration that names key sets, and the ring that gets them.
template <class Visit>
void visitRings(const ServerConfig& config, endpoint::Settings& settings, Visit&& visit) {
  if (settings.protocol != protocol::Protocol::V1) {
    visit(config.publishers, settings.publishers.old);
    visit(config.subscribers, settings.subscribers.old);
  }
  if (settings.protocol == protocol::Protocol::V0) return;
  for (std::size_t i = 0; i < config.issuers.size(); ++i) {
    visit(config.issuers[i].publishers, settings.publishers.issuers[i].ring);
    visit(config.issuers[i].subscribers, settings.subscribers.issuers[i].ring);
  }
}

}  // namespace

std::vector<hub::DocumentName> documentsOf(server_rec* mainServer, const std::string& hubName) {
  std::vector<hub::DocumentName> names;
  for (server_rec* server : serversInOrder(mainServer)) {
    const ServerConfig& config = configOf(server);
    if (!config.site || config.site->hubName != hubName) continue;
    visitRings(config, config.site->settings, [&](const KeySources& sources, endpoint::KeyRing&) {
      for (const KeySetSource& set : sources.sets)
        if (const auto name = set.isRemote() ? hub::nameDocument(set.place()) : std::nullopt)
          names.push_back(*name);
    });
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void attachKeySets(server_rec* server, hub::Hub& hub, Context& made) {
  const ServerConfig& config = configOf(server);
  const bool privateAddresses = config.keySetsFromPrivateAddresses.value_or(false);
  visitRings(config, config.site->settings, [&](const KeySources& sources, endpoint::KeyRing& ring) {
    for (const KeySetSource& source : sources.sets) {
      const auto name = source.isRemote() ? hub::nameDocument(source.place()) : std::nullopt;
      hub::SharedDocument* document = name ? hub.segment().document(*name) : nullptr;
      if (document == nullptr) continue;
      document->allowRetry();
      ring.sets.push_back(std::make_shared<RemoteKeySet>(
          *document, optionsFor(source, privateAddresses, hub.name(), server)));
      made.addKeySet(ring.sets.back());
    }
  });
}

}  // namespace mercure::httpd
