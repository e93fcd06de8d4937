"""Chromium's EventSources when httpd is restarted, stopped for a while, or reloaded under them."""
import pytest

from harness import tokens
from harness.browser import COOKIE, Browser, EventSource
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

PATIENT = 60
SOURCES = 4


@pytest.fixture
def server(mpm):
    server = Server(mpm, children=2 if mpm != "prefork" else 16, threads=8, directives="KeepAliveTimeout 1\n")
    directives = HUB + f"MercureCORSOrigins https://www.example.test:{server.ports.tls}\nMercureMaxStreamDuration 0\n"
    server.reconfigure(sites=[Site("www.example.test", COOKIE % tokens.subscriber("*"), clear=False),
                              Site(directives=directives, clear=False)])
    with server:
        yield server


@pytest.fixture
def hub(server):
    return Hub(server, tls=True)


@pytest.fixture
def sources(server, hub, authority):
    """Several in one page, all open, and nothing else of the browser that holds a worker of httpd."""
    with Browser(authority) as browser:
        browser.open(f"https://www.example.test:{server.ports.tls}/")
        sources = [EventSource(browser, f"{hub.url}?topic=a") for _ in range(SOURCES)]
        await_until(lambda: all(source.opens for source in sources), PATIENT, "all open")
        await_until(lambda: server.status().busy_workers == 1, PATIENT, "only mod_status's own worker is busy")
        yield sources


def await_update(hub, sources):
    published = hub.publish("a", private="on")
    await_until(lambda: all(published in source.updates for source in sources), PATIENT, "the update reaches all")


def assert_they_came_back(hub, sources, opens):
    await_until(lambda: all(source.opens == opens for source in sources), PATIENT, "all open again by themselves")
    await_update(hub, sources)
    assert all(source.is_open for source in sources)
    assert {state for source in sources for state in source.errors} == {0}, "none had given up"


def test_event_sources_come_back_after_each_restart(server, hub, sources):
    for opens in (2, 3):
        server.restart()
        assert_they_came_back(hub, sources, opens)


def test_event_sources_knock_until_httpd_is_there_again(server, hub, sources):
    server.stop()
    await_until(lambda: all(len(source.errors) >= 2 for source in sources), PATIENT, "all were cut, then refused")
    server.start()
    assert_they_came_back(hub, sources, 2)


def test_event_sources_notice_no_graceful_restart(server, hub, sources):
    for _ in range(3):
        server.graceful()
        await_update(hub, sources)
    server.await_status(Streams=SOURCES, TLSStreams=SOURCES)
    assert server.status()[hub.site]["Keepers"] >= 1
    assert all((source.opens, source.errors) == (1, []) for source in sources)


def test_event_sources_get_what_is_published_before_they_are_back(server, hub, sources):
    await_update(hub, sources)
    server.stop()
    server.start()
    missed = [hub.publish("a", private="on") for _ in range(5)]
    await_until(lambda: all(missed[-1] in source.updates for source in sources), PATIENT, "all came back and caught up")
    assert all(source.updates[-len(missed):] == missed for source in sources)
