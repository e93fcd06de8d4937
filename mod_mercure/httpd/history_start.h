#pragma once

#include "httpd/module.h"
#include "httpd/site.h"

// What httpd's parent does about a hub's history, which it never opens itself. A history that cannot be kept
// is the virtual host's fault, Site::fault, and a line for its administrator.
namespace mercure::httpd {

/// Has a history ready for the children to open it: at every start and reload, before there are any. Where it
/// `isNew` to this server, it is checked first, which takes longer the larger it is, and moved aside if it is
/// damaged. The error log gets what there is to say.
void startHistory(const server_rec* server, Site& site, bool isNew);

/// For `apachectl configtest`: whether a history could be kept. Makes nothing.
void testHistory(const server_rec* server, Site& site);

}  // namespace mercure::httpd
