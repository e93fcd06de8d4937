"""The outside world breaks before a reload: the site lives, the hub says 503, and comes back when it is mended."""
import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

KEYED = "Mercure On\nMercurePublisherJWT file:{directory}/key\nMercureSubscriberJWT file:{directory}/key\n"
SECRET = "a secret of the test, long enough for HS256"
BROKEN = [r"\[mercure:emerg\].*(MERCURE0011|MERCURE0012)"]


@pytest.fixture
def server(mpm):
    server = Server(mpm, sites=[Site(directives=KEYED), Site("other.example.test", HUB), Site("plain.example.test", "")],
                    allow=BROKEN)
    server.write("key", SECRET + "\n", mode=0o600)
    with server:
        yield server


def publishes(hub) -> bool:
    return hub.post("topic=a", tokens.sign({"mercure": {"publish": ["*"]}}, secret=SECRET)).status == 200


@pytest.mark.parametrize("reload", ["graceful", "restart"])
@pytest.mark.parametrize("breakage", ["gone", "empty", "directory"])
def test_a_key_file_that_breaks_takes_down_its_hub_alone(server, reload, breakage):
    hub, other = Hub(server), Hub(server, "other.example.test")
    assert publishes(hub)
    key = server.directory / "key"
    key.unlink()
    if breakage == "empty":
        server.write("key", "", mode=0o600)
    elif breakage == "directory":
        key.mkdir()
    getattr(server, reload)()
    assert Hub(server, "plain.example.test").request("GET", "/").text == "plain page\n"
    response = await_until(lambda: (lambda r: r if r.status == 503 else None)(hub.post("topic=a", tokens.publisher())))
    assert response.body == b"Service Unavailable\n" and response.field("Retry-After")
    assert hub.get("a", tokens.subscriber()).status == 503
    server.log.await_line(r"\[mercure:emerg\].*key")
    with other.open("a") as stream:
        assert other.publish("a") == stream.next_event().id
    assert server.configtest()[0] != 0, "apachectl would have refused this reload"
    if breakage == "directory":
        key.rmdir()
    server.write("key", SECRET, mode=0o600)
    getattr(server, reload)()
    await_until(lambda: publishes(hub))


def test_a_server_starts_with_a_broken_key_file(mpm):
    with Server(mpm, sites=[Site(directives=KEYED)], allow=BROKEN) as server:
        hub = Hub(server)
        assert hub.request("GET", "/").text == "plain page\n"
        assert hub.post("topic=a", tokens.publisher()).status == 503


def test_keys_can_be_rotated_without_a_401(server):
    """Two keys for a while, each by a reload."""
    hub = Hub(server)
    new = "the next secret, also long enough for HS256"

    def status(secret):
        return hub.post("topic=a", tokens.sign({"mercure": {"publish": ["*"]}}, secret=secret)).status

    assert (status(SECRET), status(new)) == (200, 401)
    server.write("new", new, mode=0o600)
    server.reconfigure(sites=[Site(directives=KEYED + "MercurePublisherJWT file:{directory}/new\n")])
    server.graceful()
    await_until(lambda: (status(SECRET), status(new)) == (200, 200))


def test_a_hub_can_come_and_go_by_reloads(server):
    late = Hub(server, "late.example.test")
    server.reconfigure(sites=[Site(directives=KEYED), Site("late.example.test", HUB), Site("plain.example.test", "")])
    server.graceful()
    await_until(lambda: late.post("topic=a", tokens.publisher()).status == 200)
    stream = late.open("a")
    assert late.publish("a") == stream.next_event().id
    server.reconfigure(sites=[Site(directives=KEYED), Site("late.example.test", ""), Site("plain.example.test", "")])
    server.graceful()
    stream.await_end()
    await_until(lambda: late.post("topic=a", tokens.publisher()).status == 404)
    assert publishes(Hub(server))


def test_a_changed_log_size_takes_effect_without_dropping_other_hubs(server):
    hub = Hub(server, "other.example.test")
    for size in ("32M", "16M"):
        server.reconfigure(sites=[Site(directives=KEYED), Site("other.example.test", HUB + f"MercureLogSize {size}\n")])
        server.graceful()
        with await_stream(hub) as stream:
            assert hub.publish("a") == stream.next_event().id
    assert publishes(Hub(server))


def await_stream(hub):
    def try_it():
        try:
            return hub.open("a")
        except (AssertionError, OSError):
            return None

    return await_until(try_it)


def test_updates_published_before_a_reload_are_not_repeated_after_it(server):
    """The log outlives the reload; a new stream begins at its end."""
    hub = Hub(server, "other.example.test")
    for _ in range(10):
        hub.publish("a")
    server.graceful()
    with await_stream(hub) as stream:
        assert hub.publish("a") == stream.next_event().id
    assert server.status()[hub.site]["Published"] >= 11, "the counters outlive it too"
