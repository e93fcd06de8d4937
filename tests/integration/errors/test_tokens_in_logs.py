"""No token in any log, up to LogLevel debug, wherever a client or a page may put it.

On a path that is not the hub's a parameter is another application's until that has answered. So a proxy that is asked
to tell what it does tells the URL that it asks for.
"""
import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.h2 import Http2Client
from harness.hub import PATH, Hub, bearer
from harness.ports import free_port
from harness.server import Server
from harness.waiting import await_until

READ, WRITE = tokens.subscriber("*"), tokens.publisher()
FORGED = tokens.with_broken_signature(READ)
EVERYTHING = 'LogFormat "%r|%q|%U|%f|%{Referer}i|%{Location}o|%{REDIRECT_QUERY_STRING}e|%m" everything\n' \
             'CustomLog "{directory}/everything.log" everything\nSetEnvIf Request_URI . seen\n'
FRONT = "RewriteEngine On\nRewriteCond %{REQUEST_URI} !=/index.html\nRewriteRule ^ /index.html [QSA,L]\n"


@pytest.fixture(scope="module")
def server(mpm):
    h2 = ["http2"] if mpm != "prefork" else []
    protocols = "Protocols h2 h2c http/1.1\n" if h2 else ""
    sites = [Site(directives=HUB + EVERYTHING + protocols),
             Site("front.example.test", HUB + EVERYTHING + FRONT),
             Site("moved.example.test", EVERYTHING + "Redirect permanent / https://hub.example.test/\n"),
             Site("secured.example.test", HUB + EVERYTHING + "RewriteEngine On\n"
                  "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n"),
             Site("proxied.example.test", HUB + EVERYTHING + f"ProxyPass / http://127.0.0.1:{free_port()}/\n"),
             Site("errors.example.test", HUB + EVERYTHING + "ErrorDocument 404 /index.html\nErrorDocument 400 /index.html\n"),
             Site("guarded.example.test", HUB + EVERYTHING + f"<Location {PATH}>\nRequire all denied\n</Location>\n")]
    # At debug httpd tells of everything it does; only words of ours and tokens matter here.
    with Server(mpm, modules=["rewrite", "proxy", "proxy_http", *h2], sites=sites, log_level="debug", allow=["."]) as server:
        yield server


NAMES = ["hub", "front", "moved", "secured", "proxied", "errors", "guarded"]
TARGETS = {
    "the hub's own": PATH + "?topic=a&authorization=TOKEN",
    "first": PATH + "?authorization=TOKEN&topic=a",
    "doubled": PATH + "?authorization=TOKEN&authorization=TOKEN",
    "with an encoded name": PATH + "?topic=a&%61uthorizatio%6E=TOKEN",
    "in capitals": PATH + "?topic=a&AUTHORIZATION=TOKEN",
    "behind a semicolon": PATH + "?topic=a;authorization=TOKEN",
    "below the hub's": PATH + "/nothing?authorization=TOKEN",
    "an & for the ?": PATH + "&topic=a&authorization=TOKEN",
    "two ?": PATH + "?topic=a?authorization=TOKEN",
    "mistyped": "/.well-known/mercur?topic=a&authorization=TOKEN",
    "with another case": "/.well-known/Mercure?topic=a&authorization=TOKEN",
    "with a double slash": "//.well-known/mercure?topic=a&authorization=TOKEN",
    "the root": "/?authorization=TOKEN",
    "absolute": "http://hub.example.test" + PATH + "?authorization=TOKEN",
}


def everything(server):
    return (server.directory / "everything.log").read_text() + "\n".join(server.access_log()) + server.log.text()


def check_no_token(server):
    hub = Hub(server)
    hub.request("GET", "/last-of-this-test")
    await_until(lambda: "/last-of-this-test" in (server.directory / "everything.log").read_text())
    for line in everything(server).splitlines():
        if "[proxy:debug]" in line:
            continue
        for token in (READ, WRITE, FORGED):
            assert not any(part in line for part in token.split(".")[1:]), line


@pytest.mark.parametrize("name", NAMES)
def test_P0_AUTH_12_in_the_request_line_and_the_referer(server, tls, name):
    hub = Hub(server, f"{name}.example.test", tls=tls)
    for target in TARGETS.values():
        for method, token in (("POST", WRITE), ("HEAD", READ), ("GET", FORGED), ("DELETE", READ)):
            # Of an absolute URL httpd itself tells at debug, with its Referer, before any module sees the request.
            referer = [] if target.startswith("http") else [("Referer", f"https://hub.example.test{PATH}?authorization={token}")]
            hub.request(method, target.replace("TOKEN", token), referer, b"topic=a" if method == "POST" else None)
    assert "authorization=***" in everything(server)
    check_no_token(server)


def test_in_a_parameter_of_other_resources(server, tls):
    """`access_token` is none of the hub's, but a client may try it there."""
    for hub in (Hub(server, f"{name}.example.test", tls=tls) for name in ("hub", "front", "errors", "guarded")):
        for target in (f"{PATH}?match=a&access_token=TOKEN", f"{PATH}/x?Access_Token=TOKEN", f"{PATH}&access%5Ftoken=TOKEN"):
            for method, token in (("POST", WRITE), ("GET", FORGED), ("DELETE", READ)):
                referer = ("Referer", f"https://hub.example.test/page?access_token={token}")
                hub.request(method, target.replace("TOKEN", token), [referer])
    check_no_token(server)


def test_in_fields_cookies_and_bodies(server, tls):
    hub = Hub(server, tls=tls)
    hub.open("a", READ).close()
    for token in (READ, WRITE, FORGED):
        hub.post("topic=a", fields=[("Cookie", f"mercureAuthorization={token}"), ("Origin", hub.origin)])
        hub.post(f"topic=a&authorization={token}", token)
        hub.request("GET", "?topic=a", [("Authorization", f"Basic {token}")])
        hub.request("GET", "?topic=a", [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")])
        hub.request("GET", "?topic=a", bearer(token + "x"))
    check_no_token(server)


def test_over_http_2(server, mpm):
    if mpm == "prefork":
        pytest.skip("mod_http2 is inactive under prefork")
    with Http2Client(Hub(server, tls=True)) as client:
        for target in list(TARGETS.values())[:-1]:
            client.exchange("POST", target.replace("TOKEN", WRITE), body=b"topic=a")
            client.exchange("GET", target.replace("TOKEN", FORGED))
    check_no_token(server)


def test_in_requests_that_httpd_refuses(server, tls):
    hub = Hub(server, tls=tls)
    for line in (f"GET {PATH}?authorization={READ} HTTP/1.1\r\n\r\n", f"GET {PATH}?authorization={READ} HTTP/3\r\nHost: x\r\n\r\n",
                 f"GET {PATH}?authorization={READ}\r\n\r\n", f"G@T {PATH}?authorization={READ} HTTP/1.1\r\nHost: x\r\n\r\n",
                 f"GET {PATH}?authorization={READ}&%00 HTTP/1.1\r\nHost: a b\r\n\r\n",
                 f"GET {PATH}?authorization={READ} HTTP/1.1\r\nHost: x\r\nBroken\r\n\r\n"):
        with hub.connect() as connection:
            connection.send(line)
            while connection.receive():
                pass
    check_no_token(server)
