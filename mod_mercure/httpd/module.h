#pragma once

// What every file of this room needs of httpd: its types, the module's record and its log.

#include <httpd.h>

#include <http_config.h>
#include <http_log.h>

extern "C" module AP_MODULE_DECLARE_DATA mercure_module;
APLOG_USE_MODULE(mercure);

// Every message begins with an id of its own, so that it can be searched for.
#define MERCURE_LOG_ID(number) "MERCURE" #number ": "
