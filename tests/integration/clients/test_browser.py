"""The whole way: Symfony's PHP client publishes, headless Chromium receives by EventSource with a cookie."""
import subprocess
from pathlib import Path

import pytest

from harness import tokens
from harness.browser import COOKIE, Browser
from harness.configuration import HUB, MPMS, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

TOPIC = "notification/42"
# A page of the site sets the cookie for every subdomain, then listens to the hub on another one.
PAGE = """<!doctype html><title>site</title><script>
window.received = []; window.opens = 0; window.failed = 0;
function listen(url, type) {
  window.source = new EventSource(url, { withCredentials: true });
  source.onopen = () => window.opens++;
  source.onerror = () => { if (source.readyState === 2) window.failed++; };
  source.onmessage = event => received.push(['message', event.data, event.lastEventId]);
  if (type) source.addEventListener(type, event => received.push([type, event.data, event.lastEventId]));
}
</script>"""


@pytest.fixture(scope="module", params=MPMS)
def server(request):
    entitled, other = tokens.subscriber(TOPIC), tokens.subscriber("notification/43")
    server = Server(request.param, children=2 if request.param != "prefork" else 16, threads=8)
    www = f"https://www.example.test:{server.ports.tls}"
    cors = f"MercureCORSOrigins {www} {www.replace('www', 'other')}\n"
    server.reconfigure(sites=[Site(directives=HUB + cors, clear=False),
                              Site("brief.example.test", HUB + cors + "MercureMaxStreamDuration 2s\n", clear=False),
                              Site("telling.example.test", HUB + cors + "MercureStreamNotices On\n", clear=False),
                              Site("www.example.test", COOKIE % entitled, clear=False),
                              Site("other.example.test", COOKIE % other, clear=False)])
    server.write("htdocs/page.html", PAGE)
    with server:
        yield server


@pytest.fixture(scope="module")
def browsers(server, authority):
    """Two users, gone before the server: connections that a browser opens in advance hold httpd's workers for a while."""
    with Browser(authority) as one, Browser(authority) as other:
        yield one, other


def listen(browser, server, page, hub="hub", topic=TOPIC, kind="new_message"):
    browser.open(f"https://{page}.example.test:{server.ports.tls}/page.html")
    browser.run("listen(arguments[0], arguments[1])",
                f"https://{hub}.example.test:{server.ports.tls}/.well-known/mercure?topic={topic}", kind)
    await_until(lambda: browser.run("return opens"), 20, "the EventSource opens")


def publish_with_symfony(server, authority, topic, data, kind):
    script = Path(__file__).parent / "publish.php"
    url = f"https://hub.example.test:{server.ports.tls}/.well-known/mercure"
    ran = subprocess.run(["php", str(script), url, tokens.publisher(), "hub.example.test",
                          str(authority.certificate), topic, data, kind], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_private_update_from_symfony_reaches_the_entitled_browser_alone(server, authority, browsers):
    entitled, stranger = browsers
    listen(entitled, server, "www")
    listen(stranger, server, "other")
    server.await_status(Streams=2, TLSStreams=2)
    published = publish_with_symfony(server, authority, TOPIC, '{"text":"bonjour"}', "new_message")
    assert published.startswith("urn:uuid:")
    await_until(lambda: entitled.run("return received.length"), 20, "the update arrives")
    assert entitled.run("return received") == [["new_message", '{"text":"bonjour"}', published]]
    # A public update behind it shows that the stranger's stream works and that nothing came before.
    public = Hub(server, tls=True).publish(TOPIC, "for all", type="new_message")
    await_until(lambda: stranger.run("return received.length"), 20)
    assert stranger.run("return received") == [["new_message", "for all", public]]
    for browser in browsers:
        assert browser.run("return failed") == 0
        browser.run("source.close()")
    server.await_status(Streams=0, TLSStreams=0)


def test_an_event_source_is_told_of_a_gap(server, browsers):
    """By an event that leaves its last event id alone, for its scripts see no response fields."""
    browser = browsers[0]
    listen(browser, server, "www", hub="telling", topic="public&lastEventID=unknown", kind="mercure-notice")
    published = Hub(server, "telling.example.test", tls=True).publish("public", "after")
    await_until(lambda: len(browser.run("return received")) == 2, 20)
    assert browser.run("return received") == [["mercure-notice", '{"notice":"gap"}', ""], ["message", "after", published]]
    browser.run("source.close()")


def test_an_event_source_comes_back_by_itself(server, browsers):
    """After a planned end, which is a cut, and goes on receiving."""
    browser = browsers[0]
    listen(browser, server, "www", hub="brief", topic="public", kind="")
    hub = Hub(server, "brief.example.test", tls=True)
    first = hub.publish("public", "before")
    await_until(lambda: browser.run("return received.length") == 1, 20)
    await_until(lambda: browser.run("return opens") >= 2, 40, "it reconnects")
    last = await_until(lambda: publish_and_see(hub, browser), 40)
    assert browser.run("return received")[0] == ["message", "before", first]
    assert browser.run("return received").pop()[2] == last
    assert browser.run("return failed") == 0
    browser.run("source.close()")


def publish_and_see(hub, browser):
    """Without a history an update between two connections is missed, so publish again."""
    published = hub.publish("public", "after")
    seen = browser.run("return received.map(each => each[2])")
    return published if published in seen else None


def test_without_the_cookie_a_browser_is_refused_for_good(server, browsers):
    browser = browsers[0]
    browser.open(f"https://www.example.test:{server.ports.tls}/page.html")
    browser.forget_cookies()
    browser.run("listen(arguments[0])", f"https://hub.example.test:{server.ports.tls}/.well-known/mercure?topic=a")
    await_until(lambda: browser.run("return failed"), 20)
    assert browser.run("return opens") == 0
