"""The example of private conversations: tokens for just one's own topics, and a page that loses no message.

The site and its hub are two servers, so that the hub can go away while the site stays.
"""
import json
import os
import signal
import threading
from contextlib import contextmanager
from itertools import count

import pytest

from harness import tokens
from harness.browser import Browser
from harness.environment import PHP_RUNS
from harness.examples import DOMAIN, NOBODY_LISTENS, NOT_TAKEN, Example, User, claims_of
from harness.hub import Hub
from harness.waiting import await_until

pytestmark = pytest.mark.skipif(not PHP_RUNS, reason="needs libapache2-mod-php, and no sanitizer")

HUB = f"hub.{DOMAIN}"
KEYS = {"hub.key": tokens.SECRET + "\n"}
FRESH_USERS = count(101)

# What a page is given before its own scripts.
NEVER_ASKS_AGAIN = "window.setInterval = () => 0;"  # it still asks when a stream has opened
HOLDS_QUESTIONS = """const fetchNow = window.fetch, held = [];
let holding = true;
window.release = () => { holding = false; held.forEach(go => go()); };
window.fetch = async (path, options) => {
  if (!holding || !path.startsWith('messages/since')) return fetchNow(path, options);
  await new Promise(go => held.push(go));
  return fetchNow(path);
};"""
# The first answer comes late, while the question at the stream's opening fails.
LOSES_AN_ANSWER = """const fetchNow = window.fetch;
let questions = 0, release;
const second = new Promise(go => release = go);
window.fetch = async (path, options) => {
  if (!path.startsWith('messages/since') || ++questions > 2) return fetchNow(path, options);
  if (questions === 2) {
    setTimeout(release);
    throw new TypeError('no answer');
  }
  const answer = await fetchNow(path);
  await second;
  return answer;
};"""


@contextmanager
def site_and_hub(**site_settings):
    """Two servers that know each other; the hub may be stopped and started within."""
    site = Example("conversations/site.conf", KEYS, **site_settings)
    hub = Example("conversations/hub.conf", KEYS, php=False)
    site.define(HUB=Hub(hub, HUB, tls=True).url)
    hub.define(SITE=site.origin)
    with site, hub:
        yield site, hub


@pytest.fixture(scope="module")
def servers():
    with site_and_hub() as both:
        yield both


@pytest.fixture(scope="module")
def site(servers):
    return servers[0]


@pytest.fixture(scope="module")
def hub(servers):
    return servers[1]


@pytest.fixture(scope="module")
def lonely(site, hub):
    """The same site on another server, which can't reach the hub."""
    lonely = Example("conversations/site.conf", KEYS, hub_address=NOBODY_LISTENS, allow=[NOT_TAKEN])
    lonely.define(HUB=Hub(hub, HUB, tls=True).url, DATA=site.directory / "data")
    with lonely:
        yield lonely


@pytest.fixture(scope="module")
def browsers(servers, authority):
    """Two users, gone before the servers: connections that a browser opens in advance hold workers."""
    with Browser(authority) as one, Browser(authority) as other:
        yield one, other


@pytest.fixture
def open_page(site, browsers):
    """Opens one page in each browser; the next test finds them closed."""
    left = iter(browsers)
    yield lambda user, before="": Page(next(left), site, user, before)
    for browser in browsers:
        browser.open("about:blank")


class Page:
    """A user's page in a browser."""

    def __init__(self, browser, site, user, before=""):
        self.browser = browser
        script = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": before})
        browser.open(f"{site.origin}/?user={user.number}")
        browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)

    def state(self):
        return self.browser.run("return document.getElementById('state').dataset.state")

    def await_state(self, state):
        await_until(lambda: self.state() == state, 40, f"the page is {state}")
        return self

    def messages(self, conversation):
        """Id and text of each, from top to bottom."""
        return [tuple(each) for each in self.browser.run(
            "return [...document.querySelectorAll(`#conversation-${arguments[0]} li`)]"
            ".map(item => [Number(item.dataset.id), item.querySelector('.text').textContent])", conversation)]

    def await_messages(self, conversation, *texts):
        """Waits until as many are shown, which are to be these, in this order."""
        await_until(lambda: len(self.messages(conversation)) >= len(texts), 40, f"{texts[-1]!r} is shown")
        assert [text for _, text in self.messages(conversation)] == list(texts)

    def send(self, conversation, text):
        self.browser.run("const form = document.querySelector(`#conversation-${arguments[0]} form`);"
                         "form.elements.text.value = arguments[1]; form.requestSubmit()", conversation, text)

    def change_network(self):
        for offline in (True, False):
            self.browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
                "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})

    def let_pass(self, intervals):
        """As many of the page's intervals between two questions, by its own timers."""
        self.browser.driver.set_script_timeout(60)
        self.browser.driver.execute_async_script(
            "const [intervals, done] = arguments;"
            "import('/feed.js').then(({ askEvery }) => setTimeout(done, intervals * askEvery))", intervals)


class Talk:
    """A conversation between two users, who have nothing to do with any other test."""

    def __init__(self, site):
        self.writer, self.reader = User(site, next(FRESH_USERS)), User(site, next(FRESH_USERS))
        self.id = self.writer.create("conversations/create", members=self.reader.number)["id"]

    def say(self, text, by=None):
        return (by or self.writer).create("messages/create", conversation=self.id, text=text)


@pytest.fixture
def talk(site):
    return Talk(site)


@contextmanager
def frozen(server):
    """A server whose connections stay, and from which nothing comes."""
    pids = [server.process.pid, *server.child_pids()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


class Speaker(threading.Thread):
    """Says something in a conversation every 100 ms, from the start of the block to its end."""

    def __init__(self, talk):
        super().__init__(daemon=True)
        self.said = []
        self._failure = None
        self._talk = talk
        self._stopped = threading.Event()

    def run(self):
        try:
            while not self._stopped.wait(0.1):
                message = self._talk.say(f"message {len(self.said)}")
                self.said.append((message["id"], message["text"]))
        except (AssertionError, OSError) as failure:
            self._failure = failure

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self.join()
        assert not self._failure, self._failure


def questions(site):
    """How often pages have asked for what is new."""
    return site.requests("messages/since")


# Who may see what.

def test_a_token_holds_just_the_users_conversations(site, hub, talk):
    theirs = Talk(site)
    answer = json.loads(talk.reader.get("messages/mercure-token").text)
    own = {f"/conversations/{talk.id}", f"/conversations/user/{talk.reader.number}"}
    assert set(answer["topics"]) == own
    claims = claims_of(answer["token"])
    assert set(claims) == {"mercure", "exp"} and set(claims["mercure"]) == {"subscribe"}
    assert set(claims["mercure"]["subscribe"]) == own

    anything = [f"/conversations/{theirs.id}", f"/conversations/user/{theirs.reader.number}", "*"]
    with Hub(hub, HUB, tls=True).open(anything, answer["token"]) as stream:
        theirs.say("not for others")
        theirs.writer.create("conversations/create", members=theirs.reader.number)
        expected = talk.say("for the reader")
        event = stream.next_event()
        assert json.loads(event.data) == expected
        assert len(stream.events) == 1


def test_endpoints_serve_members_only(site, hub, talk):
    nobody, stranger = User(site, 0), User(site, next(FRESH_USERS))
    for path in ("messages/mercure-token", "messages/since?after=0"):
        assert nobody.get(path).status == 401
    assert nobody.post("messages/create", conversation=talk.id, text="hello").status == 401
    assert stranger.post("messages/create", conversation=talk.id, text="hello").status == 403
    talk.say("between us")
    assert not json.loads(stranger.get("messages/since?after=0").text)["messages"]
    assert talk.reader.get("messages/create").status == 405
    assert Hub(hub, HUB, tls=True).get(f"/conversations/{talk.id}").status == 401


def test_a_message_is_shown_once_to_both(talk, open_page):
    writer, reader = open_page(talk.writer).await_state("live"), open_page(talk.reader).await_state("live")
    writer.send(talk.id, "<b>hello</b>")
    for page in (writer, reader):
        page.await_messages(talk.id, "<b>hello</b>")
    reader.send(talk.id, "hello yourself")
    for page in (writer, reader):
        page.await_messages(talk.id, "<b>hello</b>", "hello yourself")


def test_a_new_conversation_brings_a_new_token(site, talk, open_page):
    page = open_page(talk.reader).await_state("live")
    page.let_pass(0.2)
    fetched = site.requests("messages/mercure-token")
    fresh = talk.writer.create("conversations/create", members=talk.reader.number)["id"]
    await_until(lambda: site.requests("messages/mercure-token") == fetched + 1, 20, "the page fetches another token")
    await_until(lambda: page.browser.run(f"return document.getElementById('conversation-{fresh}')"), 20)
    page.await_state("live")
    talk.id = fresh
    talk.say("in the new one")
    page.await_messages(fresh, "in the new one")
    assert site.requests("messages/mercure-token") == fetched + 1, "just one"


# Without a hub, and back.

def test_while_the_hub_is_away_the_page_asks_the_server(site, hub, talk, open_page, expect_log):
    expect_log.allow(NOT_TAKEN)
    page = open_page(talk.reader).await_state("live")
    talk.say("by the stream")
    page.await_messages(talk.id, "by the stream")

    hub.stop()
    page.await_state("waiting")
    talk.say("while the hub is away")
    page.await_messages(talk.id, "by the stream", "while the hub is away")
    asked = questions(site)
    await_until(lambda: questions(site) >= asked + 2, 30, "the page goes on asking")
    talk.say("before the hub is back")
    hub.start()
    talk.say("before the page is back")
    page.await_state("live")
    talk.say("by the stream again")
    texts = ["by the stream", "while the hub is away", "before the hub is back", "before the page is back",
             "by the stream again"]
    page.await_messages(talk.id, *texts)

    page.let_pass(0.2)  # an answer is logged when it has been given
    asked = questions(site)
    page.let_pass(2)
    talk.say("a while later")
    page.await_messages(talk.id, *texts, "a while later")
    assert questions(site) == asked, "it has stopped asking"


def test_what_was_said_before_the_stream_opens_is_asked_for(hub, talk, open_page, expect_log):
    """By a page whose timer never runs, so that only the question at the stream's opening can bring it."""
    expect_log.allow(NOT_TAKEN)
    page = open_page(talk.reader, before=NEVER_ASKS_AGAIN).await_state("live")
    hub.stop()
    page.await_state("waiting")
    talk.say("while the hub is away")
    hub.start()
    page.await_state("live")
    page.await_messages(talk.id, "while the hub is away")


def test_what_comes_both_ways_is_shown_once(hub, talk, open_page):
    """By the stream before the server is asked, whose answer has it too; later by a second update."""
    talk.say("first")
    hub.await_status(HUB, Streams=0)
    page = open_page(talk.reader, before=HOLDS_QUESTIONS)
    hub.await_status(HUB, Streams=1)  # the questions are held back for now
    message = talk.say("second")
    page.await_messages(talk.id, "second")
    assert page.state() == "waiting"
    page.browser.run("release()")
    page.await_state("live")
    page.await_messages(talk.id, "first", "second")
    Hub(hub, HUB, tls=True).publish(f"/conversations/{talk.id}", json.dumps(message), private="on")
    talk.say("third")
    page.await_messages(talk.id, "first", "second", "third")


def test_a_message_that_was_never_published_is_found_later(hub, talk, open_page, lonely):
    """Although a later one came by the stream: the page asks from where the server's last answer ended."""
    page = open_page(talk.reader).await_state("live")
    talk.say("never published", by=User(lonely, talk.writer.number))
    talk.say("published")
    page.await_messages(talk.id, "published")
    hub.stop()
    hub.start()
    page.await_messages(talk.id, "never published", "published")


def test_a_lost_answer_is_asked_for_again(site, talk, open_page, lonely):
    """Of the question at the stream's opening: an answer to one before it is not enough."""
    writer, asked = User(lonely, talk.writer.number), questions(site)
    page = open_page(talk.reader, before=LOSES_AN_ANSWER)
    await_until(lambda: questions(site) > asked)
    talk.say("never published", by=writer)
    page.await_messages(talk.id, "never published")
    page.await_state("live")


def test_a_page_outlives_its_tokens(authority):
    with site_and_hub(directives="SetEnv MERCURE_TOKEN_LIFETIME 4") as (site, hub):
        talk, browser = Talk(site), Browser(authority)
        try:
            page = Page(browser, site, talk.reader).await_state("live")
            with Speaker(talk) as speaker:
                for ends in (1, 2):
                    await_until(lambda: hub.status()[HUB]["RefusedExpiredToken"] >= ends, 40, "a token has ended")
                    page.await_state("live")
            assert site.requests("messages/mercure-token") >= 3
            await_until(lambda: len(page.messages(talk.id)) >= len(speaker.said), 40, "all is shown")
            assert page.messages(talk.id) == speaker.said
        finally:
            browser.close()


def test_a_stream_that_died_without_a_word_is_replaced(hub, talk, open_page, expect_log):
    """As it does when a phone changes its network: the browser says so, while the old connection says nothing."""
    expect_log.allow(NOT_TAKEN)
    page = open_page(talk.reader).await_state("live")
    with frozen(hub):
        page.change_network()
        page.await_state("waiting")
        talk.say("while nothing comes")
        page.await_messages(talk.id, "while nothing comes")
    page.await_state("live")
    talk.say("by the stream again")
    page.await_messages(talk.id, "while nothing comes", "by the stream again")


def test_nothing_is_lost_or_doubled_while_the_hub_comes_and_goes(site, hub, talk, open_page, expect_log):
    expect_log.allow(NOT_TAKEN)
    writer, reader = open_page(talk.writer).await_state("live"), open_page(talk.reader).await_state("live")
    with Speaker(talk) as speaker:
        for _ in range(2):
            hub.stop()
            asked = questions(site)
            await_until(lambda: questions(site) >= asked + 3, 40, "the pages ask the server")
            hub.start()
            for page in (writer, reader):
                page.await_state("live")
            said = len(speaker.said)
            await_until(lambda: len(speaker.said) > said + 10, 40, "some is said meanwhile")
    for page in (writer, reader):
        await_until(lambda page=page: len(page.messages(talk.id)) >= len(speaker.said), 40, "all is shown")
        assert page.messages(talk.id) == speaker.said
        assert page.state() == "live"
