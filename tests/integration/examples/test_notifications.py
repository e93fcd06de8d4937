"""The example of notifications: a site's page, its hub on another subdomain, and Symfony's client under mod_php."""
import json
import re
import socket
import time

import pytest

from harness import tokens
from harness.browser import Browser
from harness.environment import PHP_RUNS
from harness.examples import DOMAIN, NOBODY_LISTENS, NOT_TAKEN, Example, User, claims_of
from harness.hub import Hub
from harness.ports import HOST
from harness.waiting import await_until

pytestmark = pytest.mark.skipif(not PHP_RUNS, reason="needs libapache2-mod-php, and no sanitizer")

HUB = f"messages.{DOMAIN}"
SILENT = "127.0.0.3"  # where connections are taken, and nothing more
# As `openssl rand -base64 32` makes them, one of them in a file whose line ends in a blank.
PUBLISHER, SUBSCRIBER = "kSv0sZ1yq2M0d7G5l3h8Zb9Qx4W6t2Nn1Rr8uYcE0fI=", "Jd8eT1oXo9w0Q2vB6mK4rA7nL5pS3zU8yC1gH0fD2iE="
KEYS = {"publisher.key": PUBLISHER + "\n", "subscriber.key": SUBSCRIBER + " \n"}
# A page that asks the hub for a topic that is not its user's.
EAVESDROP = """window.heard = [];
const url = new URL(document.body.dataset.hub);
url.search = '?topic=' + encodeURIComponent(arguments[0]);
window.extra = new EventSource(url, { withCredentials: true });
extra.addEventListener('new_message', event => heard.push(JSON.parse(event.data).text));"""


@pytest.fixture(scope="module")
def example():
    with Example("notifications/httpd.conf", KEYS) as example:
        yield example


@pytest.fixture(scope="module")
def browsers(example, authority):
    """Two users and a visitor, gone before the server: connections that a browser opens in advance hold workers."""
    with Browser(authority) as one, Browser(authority) as other, Browser(authority) as visitor:
        yield one, other, visitor


@pytest.fixture
def hub(example):
    return Hub(example, HUB, tls=True)


def visit(browser, example, user=""):
    browser.open(f"{example.origin}/?user={user}")
    await_until(lambda: state(browser) == "live", 20, "the page is live")


def state(browser):
    return browser.run("return document.getElementById('state').dataset.state")


def shown(browser):
    """Type and text of each notification on the page, in the order they came."""
    return [tuple(each) for each in browser.run(
        "return [...document.querySelectorAll('#notifications li')].reverse()"
        ".map(item => [item.dataset.type, item.querySelector('.text').textContent])")]


def publish(hub, topic, text, **update):
    token = tokens.sign({"mercure": {"publish": ["*"]}}, secret=PUBLISHER)
    return hub.publish(topic, json.dumps({"text": text}), token, **update)


def reader(*topics):
    return tokens.sign({"mercure": {"subscribe": topics}}, secret=SUBSCRIBER)


def test_a_private_notification_reaches_its_recipients_alone(example, browsers, hub):
    recipient, stranger, visitor = browsers
    for browser, user in ((recipient, 42), (stranger, 44), (visitor, "")):
        visit(browser, example, user)
    for browser in (stranger, visitor):
        browser.run(EAVESDROP, "notification/42")
        await_until(lambda browser=browser: browser.run("return extra.readyState") == 1, 20)

    with hub.open("notification/43", reader("notification/43")) as other, hub.open("*", reader("*")) as all_updates:
        User(example, 41).create("send.php", recipients="42, 43", text="<b>bonjour</b>")
        event = other.next_event()
        assert event == all_updates.next_event(), "one update for all its recipients"
        assert event.type == "new_message" and json.loads(event.data)["text"] == "<b>bonjour</b>"
    await_until(lambda: shown(recipient), 20)
    # A public update behind it shows that the others' streams work and that nothing came before.
    publish(hub, "notification/42", "for all", type="new_message")
    for browser in (stranger, visitor):
        await_until(lambda browser=browser: browser.run("return heard"), 20)
        assert browser.run("return heard") == ["for all"]
        browser.run("extra.close()")
    await_until(lambda: len(shown(recipient)) == 2, 20)
    assert shown(recipient) == [("new_message", "<b>bonjour</b>"), ("new_message", "for all")]
    assert shown(stranger) == shown(visitor) == []


def test_what_a_user_sends_to_everybody_reaches_visitors_too(example, browsers):
    sender, user, visitor = browsers
    for browser, number in ((sender, 42), (user, 44), (visitor, "")):
        visit(browser, example, number)
    sender.run("document.getElementById('text').value = 'hello';"
               "document.getElementById('send').requestSubmit()")
    await_until(lambda: sender.run("return document.getElementById('sent').textContent") == "Sent", 20)
    for browser in browsers:
        await_until(lambda browser=browser: shown(browser), 20)
        assert shown(browser) == [("notification", "hello")]


def test_each_update_is_handed_on_as_a_dom_event_of_its_type(example, browsers, hub):
    browser = browsers[0]
    visit(browser, example, 42)
    browser.run("window.events = [];"
                "for (const type of ['chat', 'read_message', 'notification', 'new_message', 'message', 'other'])"
                "  document.addEventListener(`hub:${type}`, event => events.push([event.type, event.detail.text]))")
    for kind in ("chat", "read_message", "other", "notification", "new_message", ""):
        publish(hub, "notification/42", f"of type {kind}", private="on", type=kind)
    await_until(lambda: len(browser.run("return events")) == 5, 20)
    assert browser.run("return events") == [
        ["hub:chat", "of type chat"], ["hub:read_message", "of type read_message"],
        ["hub:notification", "of type notification"], ["hub:new_message", "of type new_message"],
        ["hub:message", "of type "]]
    assert [kind for kind, _ in shown(browser)] == ["chat", "read_message", "notification", "new_message", "message"]


def test_the_cookie_is_for_the_hub_of_the_whole_domain_only(example, hub):
    fields = User(example, 42).get("").fields("Set-Cookie")
    [cookie] = [field for field in fields if field.startswith("mercureAuthorization=")]
    token, *attributes = [part.strip() for part in cookie.partition("=")[2].split(";")]
    assert set(attributes) == {f"domain={DOMAIN}", "path=/.well-known/mercure", "secure", "HttpOnly", "SameSite=Strict"}
    claims = claims_of(token)
    assert claims["mercure"] == {"subscribe": ["notification/42"]}
    assert claims["exp"] > time.time()
    for origin in (example.origin, example.origin.replace("www.", "")):
        answer = hub.request("OPTIONS", fields=[("Origin", origin), ("Access-Control-Request-Method", "GET")])
        assert answer.field("Access-Control-Allow-Origin") == origin
        assert answer.field("Access-Control-Allow-Credentials") == "true"


def change_secret(example):
    """What PHP reads at each request, and httpd has read at its start."""
    (example.directory / "keys" / "publisher.key").write_text("another secret")


@pytest.mark.parametrize("failure, address, words", [
    ("away", NOBODY_LISTENS, "Failed to connect|Couldn't connect|Connection refused"),
    ("silent", SILENT, "[Tt]imeout"),
    ("refuses", HOST, "401")])
def test_a_hub_that_fails_fails_nothing(failure, address, words):
    with Example("notifications/httpd.conf", KEYS, allow=[NOT_TAKEN], hub_address=address) as example, \
            socket.create_server((SILENT, example.ports.tls)):
        if failure == "refuses":
            change_secret(example)
        user = User(example, 41)
        assert user.create("send.php", recipients="42", text="hello") == {"recipients": [42]}
        assert re.search(words, example.log.await_line(NOT_TAKEN))
        assert "You are user 41" in user.get("").text
        assert len(example.log.matching(NOT_TAKEN)) == 1


def test_a_page_that_outlives_its_token_is_given_another(authority):
    with Example("notifications/httpd.conf", KEYS, directives="SetEnv MERCURE_TOKEN_LIFETIME 3") as example:
        browser, sender = Browser(authority), User(example, 41)
        try:
            visit(browser, example, 42)
            await_until(lambda: example.status()[HUB]["RefusedExpiredToken"], 40, "the old token is refused")
            await_until(lambda: example.requests("renew.php"), 40, "the page asks for a new one")

            def reached():  # what comes between two streams is missed, so once more
                sender.create("send.php", recipients="42", text="still there?")
                return shown(browser)
            await_until(reached, 40, "a private update arrives", interval=0.2)
            assert set(shown(browser)) == {("new_message", "still there?")}
        finally:
            browser.close()


def test_who_may_send_what(example):
    user, nobody = User(example, 41), User(example, 0)
    assert "mercureAuthorization=deleted" in "; ".join(nobody.get("").fields("Set-Cookie"))
    assert nobody.post("send.php", recipients="42", text="hello").status == 401
    assert user.get("send.php").status == 405
    assert user.post("send.php", recipients="42", text=" ").status == 400
    assert user.post("renew.php").status == 204
