#pragma once

// The directives' functions, as C sees them: the command table in mod_mercure.c is their only user. Each
// returns NULL, or what was wrong, what was expected and an example, allocated in the command's pool. Called
// while httpd reads its configuration, in one thread.

#include <httpd.h>

#include <http_config.h>

#ifdef __cplusplus
extern "C" {
#endif

void* mercure_create_server_config(apr_pool_t* pool, server_rec* server);
void* mercure_merge_server_config(apr_pool_t* pool, void* base, void* added);
void mercure_register_hooks(apr_pool_t* pool);

const char* mercure_set_on(cmd_parms* command, void* unused, const char* value);
const char* mercure_set_hub(cmd_parms* command, void* unused, const char* name);
const char* mercure_set_path(cmd_parms* command, void* unused, const char* path);
const char* mercure_set_protocol(cmd_parms* command, void* unused, const char* generation);
const char* mercure_add_publisher_key(cmd_parms* command, void* unused, const char* key,
                                      const char* algorithm);
const char* mercure_add_subscriber_key(cmd_parms* command, void* unused, const char* key,
                                       const char* algorithm);
const char* mercure_add_publisher_key_set(cmd_parms* command, void* unused, int count, char* const values[]);
const char* mercure_add_subscriber_key_set(cmd_parms* command, void* unused, int count, char* const values[]);
const char* mercure_open_issuer(cmd_parms* command, void* unused, const char* arguments);
const char* mercure_set_authorization_server(cmd_parms* command, void* unused, const char* value);
const char* mercure_set_resource_identifier(cmd_parms* command, void* unused, const char* identifier);
const char* mercure_add_public_url(cmd_parms* command, void* unused, const char* url);
const char* mercure_set_switch(cmd_parms* command, void* unused, const char* value);
const char* mercure_add_cors_origin(cmd_parms* command, void* unused, const char* origin);
const char* mercure_add_publish_origin(cmd_parms* command, void* unused, const char* origin);
const char* mercure_set_cookie_name(cmd_parms* command, void* unused, const char* name,
                                    const char* generation);
const char* mercure_set_overload(cmd_parms* command, void* unused, const char* way);
const char* mercure_set_history(cmd_parms* command, void* unused, const char* place);
const char* mercure_set_time(cmd_parms* command, void* unused, const char* time);
const char* mercure_set_size(cmd_parms* command, void* unused, const char* size);
const char* mercure_set_number(cmd_parms* command, void* unused, const char* number);

#ifdef __cplusplus
}
#endif
