"""A hub on a subdomain, the way its administrator goes: first port 80 alone, then certbot's virtual host beside it."""
import subprocess
from dataclasses import dataclass

import pytest

from harness import certbot, tokens
from harness.browser import Browser
from harness.debian import HOME_PAGE, DebianServer
from harness.environment import ROOT
from harness.h2 import Http2Client
from harness.hub import PATH, Hub

DOMAIN = "example.test"
SITE, MAIN = f"messages.{DOMAIN}", f"www.{DOMAIN}"
MAIN_SITE = f"<VirtualHost *:80>\nServerName {MAIN}\nServerAlias {DOMAIN}\nDocumentRoot /var/www/html\n</VirtualHost>\n"
LONG = 12 * 1024


@dataclass(frozen=True)
class Stage:
    server: DebianServer
    hub: Hub

    def key(self, role):
        return self.server.path(f"mercure/{role}.key")

    def token(self, role, *options) -> str:
        return self.server.run(ROOT / "scripts/token", "--key", self.key(role), *options).strip()

    def publish(self, topic, data="", **update) -> str:
        return self.hub.publish(topic, data, self.token("publisher", "--publish", "*"), **update)


def install(server, sample):
    """Into a server that runs."""
    server.install()
    server.run("a2enmod", "mercure")
    server.add_site(SITE, sample)
    assert server.configtest()[0] == 0
    server.graceful()


@pytest.fixture(scope="module")
def first(sample):
    """The virtual host of port 80 alone."""
    with DebianServer() as server:
        install(server, sample)
        yield Stage(server, Hub(server, SITE))


@pytest.fixture(scope="module")
def second(sample, authority):
    """What certbot makes of it, with a certificate that the main site has as well."""
    with DebianServer() as server:
        server.add_site(MAIN, MAIN_SITE)
        install(server, sample)
        server.run("a2enmod", "http2", *certbot.MODULES)
        certbot.obtain(server, DOMAIN, authority)
        for site in (MAIN, SITE):
            certbot.secure(server, site, DOMAIN)
        assert server.configtest()[0] == 0
        server.graceful()
        yield Stage(server, Hub(server, SITE, tls=True))


@pytest.fixture(params=["first", "second"])
def stage(request):
    return request.getfixturevalue(request.param)


def test_curl_opens_a_stream(stage, authority):
    resolve = f"{SITE}:{stage.hub.origin.rpartition(':')[2]}:127.0.0.1"
    command = ["curl", "-sN", "--resolve", resolve, "--cacert", authority.certificate, f"{stage.hub.url}?topic=test"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout.readline() == ":\n"
        published = stage.publish("test", "hello")
        assert [curl.stdout.readline() for _ in range(3)] == [f"id: {published}\n", "data: hello\n", "\n"]
        curl.kill()


def test_a_private_update_needs_a_token(stage):
    token = stage.token("subscriber", "--subscribe", "notification/42")
    with stage.hub.open("notification/42", token) as entitled, stage.hub.open("notification/42", "") as visitor:
        private = stage.publish("notification/42", private="on")
        public = stage.publish("notification/42")
        assert [entitled.next_event().id for _ in range(2)] == [private, public]
        assert visitor.next_event().id == public


def test_the_bare_host_shows_in_a_browser_that_a_hub_is_up(stage, authority):
    browser = Browser(authority)
    try:
        browser.open(f"{stage.hub.origin}/")
        assert browser.run("return document.title") == "A Mercure hub is up"
        assert PATH in browser.run("return document.body.innerText")
        link = browser.run("return document.querySelector('a').href")
    finally:
        browser.close()
    assert link == f"{stage.hub.url}?topic=test"


def test_the_page_needs_no_script(stage):
    page = stage.hub.request("GET", "/")
    assert page.status == 200 and page.field("Content-Type").startswith("text/html")
    assert "A Mercure hub is up" in page.text and "<script" not in page.text


def long_token(stage, topic):
    topics = [f"https://example.com/conversations/{number:04}" for number in range(250)]
    secret = stage.key("subscriber").read_text().strip()
    token = tokens.sign({"mercure": {"subscribe": [*topics, topic]}}, secret=secret)
    assert LONG < len(token) < 2 * LONG
    return token


PRESENTED = {"field": lambda token: {"fields": [("Authorization", f"Bearer {token}")]},
             "cookie": lambda token: {"fields": [("Cookie", f"mercureAuthorization={token}")]},
             "parameter": lambda token: {"authorization": token}}


@pytest.mark.parametrize("present", PRESENTED.values(), ids=PRESENTED.keys())
def test_a_long_token_reaches_the_hub(stage, present):
    """A private update shows that it was read, where an anonymous subscriber would be let in as well."""
    topic = "https://example.com/conversations/mine"
    with stage.hub.open(topic, "", **present(long_token(stage, topic))) as stream:
        assert stage.publish(topic, private="on") == stream.next_event().id


def test_a_long_template_reaches_the_hub(stage):
    topic = "https://example.com/" + "a" * LONG
    with stage.hub.open(topic + "/{id}", "") as stream:
        assert stage.publish(topic + "/1") == stream.next_event().id


def test_every_page_moves_to_https(second):
    clear = Hub(second.server, SITE)
    for target in ("/", PATH + "?topic=test"):
        response = clear.request("GET", target)
        assert (response.status, response.field("Location")) == (301, f"https://{SITE}{target}")


def test_the_main_site_shares_the_certificate(second):
    main = Hub(second.server, MAIN, tls=True)
    assert main.request("GET", "/").text == HOME_PAGE
    assert main.request("GET", f"{PATH}?topic=test").status == 404, "the hub is on its own host"


def test_a_browser_with_a_connection_to_the_main_site_is_sent_to_one_of_its_own(second):
    """The certificate lets it reuse that one, and over HTTP/2 a stream would hold a thread."""
    with Http2Client(Hub(second.server, MAIN, tls=True), second.hub.origin.partition("//")[2]) as client:
        assert client.exchange("GET", "?topic=test").status == 421
    with second.hub.connect(protocols=["h2", "http/1.1"]) as connection:
        assert connection.tls.selected_alpn_protocol() == "http/1.1"
