"""Chromium and HTTP/2: a site that speaks it, and hubs with and without it that share the site's certificate."""
import re

import pytest

from harness import tokens
from harness.browser import COOKIE, Browser, EventSource
from harness.certificates import Authority
from harness.configuration import HUB, THREADED_MPMS, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

PATIENT = 60
H2 = "Protocols h2 http/1.1\n"
# Hubs with h2, by what MercureOverload has those meet who are over the cap.
THREADED = {way: f"{way}.example.test" for way in ("retry", "status")}
CAP, MANY = 3, 12
CONNECTIONS_TO_A_HOST = 6


@pytest.fixture(scope="module", params=THREADED_MPMS)
def server(request):
    """mod_http2 is inactive under prefork."""
    server = Server(request.param, modules=["http2"], children=2, threads=16)
    directives = HUB + f"MercureCORSOrigins https://www.example.test:{server.ports.tls}\n"
    capped = directives + H2 + f"MercureMaxThreadedStreams {CAP}\n"
    server.reconfigure(sites=[Site("www.example.test", COOKIE % tokens.subscriber("*") + H2, clear=False),
                              Site(directives=directives + "Protocols http/1.1\n", clear=False),
                              *(Site(name, f"{capped}MercureOverload {way}\n", clear=False)
                                for way, name in THREADED.items())])
    with server:
        yield server


@pytest.fixture
def site(server):
    """Where the page comes from."""
    return Hub(server, "www.example.test", tls=True, path="/")


@pytest.fixture
def hub(server):
    return Hub(server, tls=True)


@pytest.fixture
def browser(server, authority, site):
    """With a page of the site, and the HTTP/2 connection that it came by."""
    with Browser(authority) as browser:
        browser.open(site.url)
        yield browser
    for name in ("hub.example.test", *THREADED.values()):
        server.await_status(name, PATIENT, Streams=0, ThreadedStreams=0)


def answers(hub, target):
    """The protocol and the status of every request for a target that the access log has."""
    line = re.compile(rf'{hub.site} \S+ "GET {re.escape(target)} (HTTP/\S+)" (\d+) ')
    return [match.groups() for match in map(line.match, hub.server.access_log()) if match]


def await_answers(hub, target, *expected):
    await_until(lambda: sorted(answers(hub, target)) == sorted(expected), PATIENT,
                f"{target} is answered with {expected}")


def listen(browser, hub, topic):
    return EventSource(browser, f"{hub.url}?topic={topic}")


def assert_the_site_answers(browser, site, visit):
    """The page's own requests, which share its connection, and those of others."""
    target = f"/index.html?{visit}"
    assert browser.fetch(target) == "plain page\n"
    await_answers(site, target, ("HTTP/2.0", "200"))
    assert site.request("GET", "/").text == "plain page\n"


def test_the_browser_trusts_no_certificate_of_another_authority(site, tmp_path):
    """So it is the certificate's names that let it use one connection for several hosts."""
    stranger = Browser(Authority(tmp_path))
    try:
        stranger.open(site.url)
        assert "ERR_CERT_AUTHORITY_INVALID" in stranger.run("return document.body.textContent")
    finally:
        stranger.close()


def test_a_hub_without_h2_sends_the_browser_from_the_site_s_connection_to_one_of_its_own(server, hub, browser):
    source = listen(browser, hub, "private")
    await_until(lambda: source.opens, PATIENT, "the EventSource opens")
    await_answers(hub, f"{hub.path}?topic=private", ("HTTP/2.0", "421"), ("HTTP/1.1", "200"))
    server.log.await_line("hub hub.example.test: GET refused with 421: an HTTP/2 connection to another host")
    server.await_status(Streams=1, TLSStreams=1, ThreadedStreams=0)
    for _ in range(3):
        published = hub.publish("private", private="on")
        await_until(lambda published=published: published in source.updates, PATIENT, "the update arrives")
    assert source.is_open and (source.opens, source.errors) == (1, [])


def test_without_h2_a_browser_holds_six_streams_and_the_site_answers(server, hub, site, browser):
    """As many connections as it opens to one host; the site's are others."""
    sources = [listen(browser, hub, f"many-{number}") for number in range(CONNECTIONS_TO_A_HOST + 1)]
    server.await_status(timeout=PATIENT, Streams=CONNECTIONS_TO_A_HOST, ThreadedStreams=0)
    for visit in range(3):
        assert_the_site_answers(browser, site, f"six-{visit}")
    # The hub knows of them first.
    await_until(lambda: sum(source.opens for source in sources) == CONNECTIONS_TO_A_HOST, PATIENT, "the browser has six open")
    next(source for source in sources if source.opens).close()
    await_until(lambda: all(source.opens for source in sources), PATIENT, "the seventh takes its place")


@pytest.mark.parametrize("overload", THREADED)
def test_with_h2_threaded_streams_stay_under_their_cap_and_the_site_answers(server, site, browser, overload):
    hub = Hub(server, THREADED[overload], tls=True)
    sources = [listen(browser, hub, "a") for _ in range(MANY)]

    def is_full():
        counters = server.status()[hub.site]
        assert counters["ThreadedStreams"] <= CAP
        return counters["ThreadedStreams"] == CAP and counters["RefusedLimit"] >= MANY - CAP

    await_until(is_full, PATIENT, "some hold a thread and all others are refused")
    for visit in range(3):
        assert_the_site_answers(browser, site, f"{overload}-{visit}")
        assert is_full()
    published = hub.publish("a")
    await_until(lambda: sum(published in source.updates for source in sources) == CAP, PATIENT,
                "those that are open receive")
    for source in sources:
        source.close()
    # That a client has ended a stream is noticed when something is written.
    await_until(lambda: hub.publish("a") and server.status()[hub.site]["ThreadedStreams"] == 0, PATIENT)
    again = listen(browser, hub, "again")
    await_until(lambda: again.is_open, PATIENT, "there is room again")


@pytest.mark.parametrize("reload", ["graceful", "restart"])
def test_with_h2_an_event_source_comes_back_after_a_reload(server, browser, reload):
    """Threaded streams end with their process, which no keeper can prevent."""
    hub = Hub(server, THREADED["retry"], tls=True)
    source = listen(browser, hub, reload)
    await_until(lambda: source.opens, PATIENT, "the EventSource opens")
    server.await_status(hub.site, ThreadedStreams=1)
    getattr(server, reload)()
    await_until(lambda: source.opens == 2, PATIENT, "it opens again by itself")
    published = hub.publish(reload)
    await_until(lambda: published in source.updates, PATIENT, "the update arrives")
    assert source.is_open and set(source.errors) == {0}
