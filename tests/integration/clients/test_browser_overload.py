"""Chromium's EventSources over a limit: sent away, they come back by themselves and are let in once there is room."""
import pytest

from harness import tokens
from harness.browser import COOKIE, Browser, EventSource
from harness.configuration import HUB, THREADED_MPMS, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

# Each is told to wait for 5 to 20 seconds.
PATIENT = 90
LIMITS = {"hub": "MercureMaxSubscribers 1\n", "client": "MercureMaxSubscribersPerClient 1\n",
          "threaded": "MercureMaxThreadedStreams 1\n", "status": "MercureMaxSubscribers 1\nMercureOverload status\n"}


@pytest.fixture(scope="module")
def server(mpm):
    h2 = mpm in THREADED_MPMS
    server = Server(mpm, modules=["http2"] if h2 else [], children=2 if h2 else 16, threads=16)
    hub = HUB + f"MercureCORSOrigins https://www.example.test:{server.ports.tls}\n"
    sites = [Site("www.example.test", COOKIE % tokens.subscriber("*"), clear=False)]
    for name, limit in LIMITS.items():
        protocols = "Protocols h2 http/1.1\n" if name == "threaded" and h2 else "Protocols http/1.1\n"
        sites.append(Site(f"{name}.example.test", hub + limit + protocols, clear=False))
    server.reconfigure(sites=sites)
    with server:
        yield server


@pytest.fixture(scope="module")
def browser(server, authority):
    with Browser(authority) as browser:
        browser.open(f"https://www.example.test:{server.ports.tls}/")
        yield browser


def open_two(server, browser, hub):
    """One that is let in, and one that is not."""
    first = EventSource(browser, f"{hub.url}?topic=a")
    await_until(lambda: first.is_open, PATIENT, "the first opens")
    refused = server.status()[hub.site]["RefusedLimit"]
    second = EventSource(browser, f"{hub.url}?topic=a")
    await_until(lambda: server.status()[hub.site]["RefusedLimit"] > refused, PATIENT, "the second is over the limit")
    return first, second


def receives(source, hub):
    """Publishes on and on: over HTTP/2 only a write shows that another client has gone."""
    hub.publish("a", private="on")
    return source.updates and source.is_open


@pytest.mark.parametrize("name", ["hub", "client", "threaded"])
def test_a_browser_over_a_limit_is_let_in_once_there_is_room(server, mpm, browser, name):
    if name != "hub" and mpm != "event":
        pytest.skip("the browser does not see the difference")
    hub = Hub(server, f"{name}.example.test", tls=True)
    first, second = open_two(server, browser, hub)
    await_until(lambda: second.errors, PATIENT, "the second is cut")
    assert set(second.errors) == {0} and not second.updates, "it has not given up"
    first.close()
    await_until(lambda: receives(second, hub), PATIENT, "it is let in")
    second.close()
    await_until(lambda: hub.publish("a") and server.status()[hub.site]["Streams"] == 0, PATIENT)


def test_with_MercureOverload_status_a_browser_gives_up(server, browser):
    """Which is why that is not the default."""
    hub = Hub(server, "status.example.test", tls=True)
    first, second = open_two(server, browser, hub)
    await_until(lambda: second.errors == [2], PATIENT, "it has given up")
    first.close()
    server.await_status(hub.site, PATIENT, Streams=0)
    assert second.opens == 0
