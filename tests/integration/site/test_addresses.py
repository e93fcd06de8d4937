"""Clients that come over IPv6, or through a proxy that ends TLS for the server."""
import socket

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import FORM, PATH, Hub
from harness.server import Server

COOKIE = ("Cookie", f"mercureAuthorization={tokens.publisher()}")


def has_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


@pytest.fixture(scope="module")
def both_families(mpm):
    if not has_ipv6():
        pytest.skip("this machine has no [::1]")
    sites = [Site(directives=HUB + "MercureCORSOrigins http://[::1]:*\n")]
    with Server(mpm, sites=sites, addresses=("127.0.0.1", "[::1]")) as server:
        yield server


@pytest.fixture
def ipv6(both_families, tls):
    """The hub as it is called by its IPv6 address."""
    return Hub(both_families, "[::1]", tls=tls, host="::1", **({"name": "::1"} if tls else {}))


def test_a_stream_over_ipv6(both_families, ipv6, tls):
    ipv4 = Hub(both_families, tls=tls)
    with ipv6.open("a") as one, ipv4.open("a") as other:
        assert both_families.await_status(Streams=2)["ThreadedStreams"] == 0
        for publisher in (ipv6, ipv4):
            assert publisher.publish("a") == one.next_event().id == other.next_event().id


def test_the_hubs_own_origin_over_ipv6(ipv6):
    """Publishing with the cookie: the brackets belong to the address, and its colons do not make a port."""
    assert ipv6.post("topic=a", fields=[COOKIE, ("Origin", ipv6.origin)]).status == 200
    assert ipv6.post("topic=a", fields=[COOKIE, ("Referer", ipv6.origin + "/page")]).status == 200
    for foreign in (ipv6.origin + "0", ipv6.origin.rpartition(":")[0], ipv6.origin.replace("::1", "::2"),
                    ipv6.origin.replace("[::1]", "127.0.0.1")):
        assert ipv6.post("topic=a", fields=[COOKIE, ("Origin", foreign)]).status == 401


def test_a_page_of_another_port_over_ipv6(ipv6):
    response = ipv6.post("topic=a", tokens.publisher(), [("Origin", "http://[::1]:3000")])
    assert response.field("Access-Control-Allow-Origin") == "http://[::1]:3000"
    response = ipv6.post("topic=a", tokens.publisher(), [("Origin", "http://[::2]:3000")])
    assert response.field("Access-Control-Allow-Origin") is None


def test_refusals_name_the_ipv6_address(both_families, ipv6):
    mark = both_families.log.mark()
    ipv6.get("a")
    both_families.log.await_line(r"\[client ::1:\d+\].*GET refused with 401", mark)


# A scheme in ServerName is httpd's own way to say that TLS ends before it.
BEHIND = (HUB + "MercureRequireTLS On\nMercureHeartbeat 1s\nRemoteIPHeader X-Forwarded-For\n"
          "RemoteIPInternalProxy 127.0.0.1\nSetEnvIf X-Forwarded-Proto https HTTPS=on\n")
ANY_PORT = "MercurePublishOrigins https://renamed.example.test:*\n"
BOTH_ROLES = tokens.sign({"mercure": {"publish": ["*"], "subscribe": ["*"]}})
ENDS_TLS = ('ProxyPass /page.html !\nProxyPass / http://127.0.0.1:%d/\nProxyPreserveHost %s\n'
            "RequestHeader set X-Forwarded-Proto https\n"
            f'Header set Set-Cookie "mercureAuthorization={BOTH_ROLES}; Path={PATH}; Secure; SameSite=Strict"\n')
FROM_AFAR = ("X-Forwarded-For", "192.0.2.7")


@pytest.fixture(scope="module")
def backend(mpm):
    with Server(mpm, modules=["remoteip"], sites=[Site("https://first.example.test", BEHIND + ANY_PORT, tls=False),
                                                  Site("https://messages.example.test", BEHIND, tls=False),
                                                  Site("unnamed.example.test", BEHIND, tls=False)]) as server:
        yield server


@pytest.fixture(scope="module")
def proxy(backend):
    """A real httpd that has the certificate. It keeps the name that the client asks for, or takes the backend's."""
    keeps = {"messages": "On", "unnamed": "On", "renamed": "Off"}
    sites = [Site(f"{name}.example.test", ENDS_TLS % (backend.ports.clear, kept), clear=False)
             for name, kept in keeps.items()]
    server = Server("event", load=None, modules=["proxy", "proxy_http"], sites=sites, threads=16)
    server.write("htdocs/page.html", "<!doctype html><title>site</title>\n")
    with server:
        yield server


@pytest.fixture
def through(proxy):
    return lambda name: Hub(proxy, f"{name}.example.test", tls=True)


def test_behind_a_proxy_that_ends_tls(backend, through):
    hub = through("messages")
    with hub.open("a") as stream:
        assert backend.await_status(hub.site, Streams=1)["ThreadedStreams"] == 0
        assert hub.publish("a") == stream.next_event().id
    backend.await_status(hub.site, Streams=0)


def test_behind_a_proxy_that_ends_tls_the_hubs_own_origin_is_https(through):
    hub = through("messages")
    assert hub.post("topic=a", fields=[COOKIE, ("Origin", hub.origin)]).status == 200
    assert hub.post("topic=a", fields=[COOKIE, ("Origin", hub.origin.replace("https", "http"))]).status == 401


def test_behind_a_proxy_on_port_443_the_hubs_own_origin_has_no_port(backend):
    """Whatever the server's own port is, if Host names none."""
    hub = Hub(backend, "messages.example.test")

    def status_of_post(origin):
        head = hub.head("POST", fields=[COOKIE, ("Origin", origin), ("Content-Type", FORM), ("Content-Length", 7)])
        head = head.replace(f"Host: {hub.site}:{backend.ports.clear}\r\n", f"Host: {hub.site}\r\n")
        with hub.connect() as connection:
            return connection.exchange(head + "topic=a", "POST").status

    assert status_of_post(f"https://{hub.site}") == 200
    assert status_of_post(f"https://{hub.site}:{backend.ports.clear}") == 401


def test_behind_a_proxy_that_renames_the_host_the_origin_must_be_listed(backend, through):
    hub, mark = through("renamed"), backend.log.mark()
    assert hub.post("topic=a", fields=[COOKIE, ("Origin", hub.origin)]).status == 200, "MercurePublishOrigins"
    assert hub.post("topic=a", fields=[COOKIE, ("Origin", hub.origin.replace("renamed", "messages"))]).status == 401
    backend.log.await_line(rf"this hub's own, .https://127\.0\.0\.1:{backend.ports.clear}", mark)


def test_without_a_scheme_in_ServerName_MercureRequireTLS_refuses_what_a_proxy_sends(backend, through):
    """What a client says in a field is no proof, whatever the site makes of it in its environment."""
    hub, mark = through("unnamed"), backend.log.mark()
    assert hub.post("topic=a", tokens.publisher()).status == 401
    backend.log.await_line("hub unnamed.example.test: .*MercureRequireTLS", mark)


def test_refusals_name_the_client_that_a_trusted_proxy_names(backend, through):
    mark = backend.log.mark()
    through("messages").get("a", fields=[FROM_AFAR])
    backend.log.await_line(r"\[client 192\.0\.2\.7:\d+\].*GET refused with 401", mark)


def test_a_browser_behind_a_proxy_that_ends_tls(backend, proxy, check_echo):
    """Its page may publish, since hub and page have one origin."""
    check_echo(f"https://messages.example.test:{proxy.ports.tls}/page.html")
    backend.await_status("messages.example.test", Streams=0)
