// The module record and the command table: C, since httpd's C++ cmd_func takes no parameters.

#include "directives.h"

static const command_rec commands[] = {
    AP_INIT_TAKE1("Mercure", mercure_set_on, NULL, RSRC_CONF,
                  "On or Off: whether this virtual host has a Mercure hub"),
    AP_INIT_TAKE1("MercureHub", mercure_set_hub, NULL, RSRC_CONF,
                  "the hub's name, such as news.example.com: virtual hosts with one name share one hub"),
    AP_INIT_TAKE1("MercurePath", mercure_set_path, NULL, RSRC_CONF,
                  "the path where the hub answers, such as /.well-known/mercure"),
    AP_INIT_TAKE1("MercureProtocol", mercure_set_protocol, NULL, RSRC_CONF,
                  "the generations of the Mercure protocol that are served: 0.x, 1.0 or any"),
    AP_INIT_TAKE12("MercurePublisherJWT", mercure_add_publisher_key, NULL, RSRC_CONF,
                   "a key that verifies publishers' tokens, and its algorithm: env:NAME, file:PATH or the "
                   "secret itself, "
                   "such as file:/etc/apache2/mercure/publisher.key HS256"),
    AP_INIT_TAKE12("MercureSubscriberJWT", mercure_add_subscriber_key, NULL, RSRC_CONF,
                   "a key that verifies subscribers' tokens, and its algorithm: env:NAME, file:PATH or the "
                   "secret itself, "
                   "such as file:/etc/apache2/mercure/subscriber.key HS256"),
    AP_INIT_TAKE_ARGV(
        "MercurePublisherJWKS", mercure_add_publisher_key_set, NULL, RSRC_CONF,
        "a JWK Set with keys that verify publishers' tokens, a URL or file:PATH, and the "
        "algorithms that its keys may be for, such as https://login.example.com/jwks.json RS256"),
    AP_INIT_TAKE_ARGV(
        "MercureSubscriberJWKS", mercure_add_subscriber_key_set, NULL, RSRC_CONF,
        "a JWK Set with keys that verify subscribers' tokens, a URL or file:PATH, and the "
        "algorithms that its keys may be for, such as https://login.example.com/jwks.json RS256"),
    AP_INIT_TAKE1("MercureJWKSPrivateAddresses", mercure_set_switch, NULL, RSRC_CONF,
                  "On or Off: whether a JWK Set's URL may lead to a private address"),
    AP_INIT_RAW_ARGS("<MercureIssuer", mercure_open_issuer, NULL, RSRC_CONF,
                     "an issuer of tokens of protocol 1.0, as iss names it, and its keys, such as "
                     "<MercureIssuer \"https://login.example.com\">"),
    AP_INIT_TAKE1(
        "MercureAuthorizationServer", mercure_set_authorization_server, NULL, RSRC_CONF,
        "On or Off, within an issuer's section: whether clients are told to get their tokens there"),
    AP_INIT_TAKE1(
        "MercureResourceIdentifier", mercure_set_resource_identifier, NULL, RSRC_CONF,
        "the audience that tokens must be made for, such as https://example.com/.well-known/mercure"),
    AP_INIT_ITERATE(
        "MercurePublicURLs", mercure_add_public_url, NULL, RSRC_CONF,
        "where the hub may be reached, such as https://example.com; requests for other origins get "
        "a 421"),
    AP_INIT_TAKE1("MercureAnonymous", mercure_set_switch, NULL, RSRC_CONF,
                  "On or Off: whether subscribers without a token get public updates"),
    AP_INIT_TAKE1("MercureRequireTLS", mercure_set_switch, NULL, RSRC_CONF,
                  "On or Off: whether tokens that come over clear text are refused"),
    AP_INIT_ITERATE("MercureCORSOrigins", mercure_add_cors_origin, NULL, RSRC_CONF,
                    "origins of pages that may use the hub from a browser, such as https://www.example.com"),
    AP_INIT_ITERATE("MercurePublishOrigins", mercure_add_publish_origin, NULL, RSRC_CONF,
                    "origins of pages that may publish with the cookie, such as https://www.example.com"),
    AP_INIT_TAKE12("MercureCookieName", mercure_set_cookie_name, NULL, RSRC_CONF,
                   "the name of the cookie with the token, such as mercureAuthorization, and optionally its "
                   "generation: 0.x or 1.0"),
    AP_INIT_TAKE1("MercureHeartbeat", mercure_set_time, NULL, RSRC_CONF,
                  "the longest silence on a stream before a comment line is sent, such as 25s; 0 sends none"),
    AP_INIT_TAKE1("MercureMaxStreamDuration", mercure_set_time, NULL, RSRC_CONF,
                  "the longest a stream lasts, such as 10min; 0 for as long as the client likes"),
    AP_INIT_TAKE1("MercureSendTimeout", mercure_set_time, NULL, RSRC_CONF,
                  "how long one update may wait for a slow reader, such as 5s; 0 for as long as it takes"),
    AP_INIT_TAKE1("MercureSendBuffer", mercure_set_size, NULL, RSRC_CONF,
                  "how many bytes may wait for a slow reader, such as 1M"),
    AP_INIT_TAKE1("MercureMaxSubscribers", mercure_set_number, NULL, RSRC_CONF,
                  "the most streams the hub holds, such as 10000; 0 for no limit"),
    AP_INIT_TAKE1(
        "MercureMaxSubscribersPerClient", mercure_set_number, NULL, RSRC_CONF,
        "the most streams one client address, or one /64 of IPv6, has, such as 100; 0 for no limit"),
    AP_INIT_TAKE1(
        "MercureOverload", mercure_set_overload, NULL, RSRC_CONF,
        "retry or status: whether a browser over a limit is told when to come back, or gets an error"),
    AP_INIT_TAKE1(
        "MercureMaxThreadedStreams", mercure_set_number, NULL, RSRC_CONF,
        "the most streams, over the whole server, that may hold a worker thread, such as 40; 0 for none"),
    AP_INIT_TAKE1("MercureMaxUpdateSize", mercure_set_size, NULL, RSRC_CONF,
                  "the largest body of a publish request, such as 1M"),
    AP_INIT_TAKE1("MercureMaxTopics", mercure_set_number, NULL, RSRC_CONF,
                  "the most topics one update may have, such as 1000"),
    AP_INIT_TAKE1("MercureMaxSelectors", mercure_set_number, NULL, RSRC_CONF,
                  "the most topic selectors one subscription may have, such as 1000"),
    AP_INIT_TAKE1("MercureMaxMatchers", mercure_set_number, NULL, RSRC_CONF,
                  "the most matchers of protocol 1.0 that one subscription may have, such as 100"),
    AP_INIT_TAKE1("MercureMaxMatcherLength", mercure_set_size, NULL, RSRC_CONF,
                  "the longest matcher of protocol 1.0, in bytes, such as 4K"),
    AP_INIT_TAKE1("MercureLogSize", mercure_set_size, NULL, RSRC_CONF,
                  "the shared memory that holds a hub's latest updates, such as 16M; at least 16 times "
                  "MercureMaxUpdateSize"),
    AP_INIT_TAKE1("MercureHistory", mercure_set_history, NULL, RSRC_CONF,
                  "on, off, or the directory in which each hub keeps its updates, such as "
                  "/var/lib/apache2/mercure"),
    AP_INIT_TAKE1("MercureHistorySize", mercure_set_size, NULL, RSRC_CONF,
                  "the most bytes of disk that a hub's history takes, such as 256M"),
    AP_INIT_TAKE1("MercureHistoryCount", mercure_set_number, NULL, RSRC_CONF,
                  "the most updates that a hub keeps, such as 10000; 0 for as many as fit"),
    AP_INIT_TAKE1("MercureHistoryAge", mercure_set_time, NULL, RSRC_CONF,
                  "how long a hub keeps an update, such as 24h; 0 for as long as there is room"),
    AP_INIT_TAKE1("MercureHistorySync", mercure_set_switch, NULL, RSRC_CONF,
                  "On or Off: whether an update is on the disk before anybody gets it"),
    AP_INIT_TAKE1("MercureStreamNotices", mercure_set_switch, NULL, RSRC_CONF,
                  "On or Off: whether a stream tells its client what it has missed"),
    AP_INIT_TAKE1("MercureDispatchers", mercure_set_number, NULL, RSRC_CONF,
                  "the most dispatcher threads in each child, such as 2"),
    AP_INIT_TAKE1("MercureMaxKeepers", mercure_set_number, NULL, RSRC_CONF,
                  "the most keeper processes at once, such as 16"),
    {NULL}};

module AP_MODULE_DECLARE_DATA mercure_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, mercure_create_server_config, mercure_merge_server_config, commands,
    mercure_register_hooks};
