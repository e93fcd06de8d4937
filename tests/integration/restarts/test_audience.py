"""What the other tests here measure with: subscribers that behave as browsers do, and miss nothing that goes wrong."""
import contextlib
import socket
import threading
from dataclasses import dataclass, field

import pytest

from harness.audience import Audience, faults_of
from harness.environment import SUBSCRIBERS
from harness.waiting import await_until

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"


def stream(*events, fields=b""):
    body = b":\n" + b"".join(events)
    return STREAM + fields + b"\r\n" + b"%x\r\n%s\r\n" % (len(body), body)


def event(publisher, number):
    return b"id: %d-%d\ndata: %d %d\n\n" % (publisher, number, publisher, number)


@dataclass
class Published:
    """What became of a publisher's updates."""
    number: int
    last: int
    refused: list = field(default_factory=list)
    unanswered: list = field(default_factory=list)


class ScriptedHub(threading.Thread):
    """Gives one answer after the other, each on a connection of its own, which it ends but for the last one."""

    def __init__(self, *answers):
        super().__init__(daemon=True)
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests = []

    def run(self):
        with self._listener:
            for answer in self._answers:
                connection = self._listener.accept()[0]
                self.requests.append(connection.recv(65536).decode())
                connection.sendall(answer)
                if answer is not self._answers[-1]:
                    connection.close()
        self.last = connection


@contextlib.contextmanager
def subscribed(*answers, subscribers=1):
    """Subscribers of such a hub, once the last answer has been given."""
    hub = ScriptedHub(*answers)
    hub.start()
    with Audience(SUBSCRIBERS, hub.port, retry=1) as audience:
        audience.begin(subscribers)
        hub.join(10)
        yield audience, hub


@pytest.mark.parametrize("events, published, faults", [
    ([(0, 1), (0, 2), (1, 1)], [Published(0, 2), Published(1, 1)], {}),
    ([(0, 1), (0, 3)], [Published(0, 3)], {"missing": 1}),
    ([(0, 1)], [Published(0, 3)], {"missing": 2}),
    ([(0, 1), (0, 1)], [Published(0, 1)], {"duplicated": 1}),
    ([(0, 1), (0, 3), (0, 2)], [Published(0, 3)], {"reordered": 1}),
    ([(0, 1), (0, 4), (0, 2), (0, 2)], [Published(0, 4)], {"reordered": 1, "duplicated": 1, "missing": 1}),
    ([(0, 1), (0, 3)], [Published(0, 3, unanswered=[2])], {}),
    ([(0, 1), (0, 2), (0, 3)], [Published(0, 3, unanswered=[2])], {}),
    ([(0, 1), (0, 3)], [Published(0, 3, refused=[2])], {}),
    ([(0, 1), (0, 2), (0, 3)], [Published(0, 3, refused=[2])], {"refused_delivered": 1}),
    ([(0, 1), (0, 2)], [Published(0, 1)], {"invented": 1}),
])
def test_what_it_finds(events, published, faults):
    with subscribed(stream(*(event(*each) for each in events))) as (audience, _):
        await_until(lambda: audience.report()["delivered"] == len(events))
        assert faults_of(audience.expect(published)) == faults


def test_it_compares_what_subscribers_have_got():
    one, other = stream(event(0, 1), event(1, 1)), stream(event(1, 1), event(0, 1), event(0, 2))
    with subscribed(one, other, subscribers=2) as (audience, _):
        await_until(lambda: audience.report()["delivered"] == 5)
        report = audience.expect([Published(0, 2, unanswered=[2]), Published(1, 1)])
        assert faults_of(report) == {"orders": 2} and report["divided"] == 1


def test_it_comes_back_with_the_id_of_the_last_whole_event():
    torn = event(0, 3)[:-1]
    with subscribed(stream(event(0, 1), event(0, 2), torn), stream(event(0, 3))) as (audience, hub):
        await_until(lambda: audience.report()["delivered"] == 3)
        report = audience.expect([Published(0, 3)])
        assert not faults_of(report) and (report["opened"], report["closed"], report["streams"]) == (2, 1, 1)
        assert "Last-Event-ID" not in hub.requests[0]
        assert "\r\nLast-Event-ID: 0-2\r\n" in hub.requests[1]


def test_it_comes_back_after_connections_without_an_answer_and_hears_when():
    with subscribed(b"", stream(b"retry: 1\n\n"), b"", stream(event(0, 1))) as (audience, hub):
        await_until(lambda: audience.report()["delivered"] == 1)
        report = audience.report()
        assert (report["failed"], report["opened"], report["closed"]) == (2, 2, 1)


def test_it_waits_as_long_as_it_is_told():
    with subscribed(stream(b"retry: 3600000\n\n")) as (audience, hub):
        hub.last.close()
        await_until(lambda: audience.report()["closed"] == 1)
        # Nobody listens any more: whoever came back would fail.
        assert not any(audience.report()["failed"] for _ in range(10))


def test_it_tells_of_an_id_that_the_hub_has_forgotten():
    forgotten = stream(event(0, 2), fields=b"Last-Event-ID: earliest\r\n")
    with subscribed(stream(event(0, 1)), forgotten) as (audience, _):
        await_until(lambda: audience.report()["delivered"] == 2)
        assert audience.report()["forgotten"] == 1


@pytest.mark.parametrize("head, why", [
    ("401 Unauthorized", "401"), ("403 Forbidden", "403"), ("404 Not Found", "404"), ("503 Service Unavailable", "503"),
    ("204 No Content", "204"), ("200 OK\r\nContent-Type: text/html; charset=utf-8", "content type text/html")])
def test_it_gives_up_as_a_browser_does(head, why):
    with subscribed(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode()) as (audience, hub):
        await_until(lambda: audience.report()["given_up"])
        assert audience.report()["given_up"] == {why: 1}
        assert audience.report()["streams"] == 0 and len(hub.requests) == 1
