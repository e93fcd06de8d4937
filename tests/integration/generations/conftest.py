"""One server for each MPM carries hubs of each generation, over both of its ports."""
import pytest

from harness.configuration import KEYS, Site
from harness.generations import MODES, GenerationHub, Overhearing, issuer_section, sites_of_each_mode
from harness.kept_servers import kept_servers
from harness.server import Server
from harness.tokens import SECRET

HTTP2 = "Protocols h2 http/1.1\n"
ORIGINS = ("MercureCORSOrigins https://app.example https://*.wild.example\n"
           "MercurePublishOrigins https://app.example https://*.wild.example\n")
PASSWORD = ('<Location />\nAuthType Basic\nAuthName staging\nAuthUserFile "{directory}/users"\nRequire valid-user\n'
            "</Location>\n")
NEW = MODES["one"]
EXAMPLE = ("Mercure On\nMercureResourceIdentifier https://localhost/.well-known/mercure\n"
           f'<MercureIssuer "https://localhost">\nMercurePublisherJWT {SECRET} HS256\nMercureSubscriberJWT {SECRET} HS256\n'
           "</MercureIssuer>\n")

SITES = [
    # The first one: who names no host of this server comes here.
    Site("laravel.example.test", "Mercure On\n" + issuer_section()),
    *sites_of_each_mode(directives=ORIGINS),
    *sites_of_each_mode("anonymous-", "MercureAnonymous On\n"),
    *sites_of_each_mode("password-", PASSWORD),
    *sites_of_each_mode("small-", "MercureMaxUpdateSize 1K\nMercureMaxTopics 3\n"),
    Site("unlisted.example.test", NEW),
    Site("everywhere.example.test", NEW + "MercureCORSOrigins *\nMercurePublishOrigins *\n"),
    Site("sandboxed.example.test", NEW + "MercureCORSOrigins null\nMercurePublishOrigins null\n"),
    Site("encrypted.example.test", NEW + "MercureRequireTLS On\n"),
    Site("short.example.test", NEW + "MercureMaxMatchers 2\nMercureMaxMatcherLength 16\n"),
    Site("hasty.example.test", NEW + "MercureHeartbeat 1s\n"),
    Site("renamed.example.test", MODES["any"] + "MercureCookieName ticket 1.0\n"),
    Site("merging.example.test", MODES["any"] + "MergeTrailers On\n"),
    Site("moved.example.test", NEW + "MercurePath /hub\n"),
    Site("named.example.test", NEW + "MercureResourceIdentifier https://hub.example.com/.well-known/mercure\n"),
    Site("listed.example.test", "ServerAlias evil.example\n" + NEW + ORIGINS +
         "MercurePublicURLs https://hub.example.com https://listed.example.test:8443/\n"),
    Site("forwarded.example.test", "ServerName forwarded.example.test:8443\n" + NEW),
    Site("family.example.test", "ServerAlias cousin.example.test *.family.example.test\n" + NEW),
    Site("advised.example.test", "Mercure On\nMercureProtocol 1.0\n" +
         issuer_section("MercureAuthorizationServer On\n") + issuer_section(name="https://unmarked.example")),
    Site("publishers.example.test", "Mercure On\nMercureProtocol 1.0\n" +
         "\n".join(line for line in issuer_section().splitlines() if "Subscriber" not in line) + "\n"),
    Site("subscribers.example.test", "Mercure On\nMercureProtocol 1.0\n" +
         "\n".join(line for line in issuer_section().splitlines() if "MercurePublisher" not in line) + "\n"),
    Site("nobody.example.test", "Mercure On\nMercureProtocol 1.0\nMercureAnonymous On\n"),
    # The hubs of the acceptance list's examples.
    Site("localhost", EXAMPLE + "MercureProtocol 1.0\n" + ORIGINS),
    Site("both.example.test", EXAMPLE + KEYS),
]
# A threaded server's hub that is asked over HTTP/2 too.
SITES_OF_HTTP2 = [Site("h2.example.test", MODES["any"] + HTTP2)]


@pytest.fixture(scope="package")
def generation_servers():
    with kept_servers() as servers:
        yield servers


@pytest.fixture
def server(mpm, generation_servers):
    if mpm not in generation_servers:
        h2 = mpm != "prefork"
        fresh = Server(mpm, sites=[*SITES, *(SITES_OF_HTTP2 if h2 else [])],
                       modules=["auth_basic", "authn_core", "authn_file", "authz_user", *(["http2"] if h2 else [])],
                       directives="LimitRequestLine 65536\nLimitRequestFieldSize 65536\n",
                       # Issuers without keys for one role, and a hub without any.
                       allow=[r"MERCURE0010: "])
        fresh.write("users", "user:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
        fresh.start()
        generation_servers[mpm] = fresh
    return generation_servers[mpm]


@pytest.fixture
def hub_of(server, tls):
    """The hub of a mode: zero (0.x), one (1.0), any, or plain (any without an issuer)."""
    return lambda mode: GenerationHub(server, mode, tls=tls)


@pytest.fixture
def site(server, tls):
    """A hub that serves 1.0, by the first word of its host."""
    return lambda name, **options: GenerationHub(server, "one", f"{name}.example.test", tls, **options)


@pytest.fixture(params=["one", "any"])
def hub(request, hub_of):
    """A hub that serves 1.0, alone and beside 0.x: 1.0's clients see no difference."""
    return hub_of(request.param)


@pytest.fixture
def witness(hub):
    with Overhearing(hub) as witness:
        yield witness


@pytest.fixture(scope="module")
def fresh_server(mpm):
    """A server of its own for a site's directives, not started."""
    return lambda directives: Server(mpm, sites=[Site(directives=directives)])
