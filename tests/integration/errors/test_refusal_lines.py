"""One info line for each refusal: which rule, which client, which hub, never the token."""
import time

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import Hub, bearer
from harness.server import Server

ALL = tokens.publisher()


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(directives=HUB + "MercureProtocol 0.x\nMercurePublishOrigins https://app.example\nMercureMaxUpdateSize 1K\n"),
             Site("encrypted.example.test", HUB + "MercureRequireTLS On\n")]
    with Server(mpm, sites=sites) as server:
        yield server


EXPIRED = tokens.sign({"mercure": {"publish": ["*"]}, "exp": int(time.time()) - 60})
FORGED = tokens.with_broken_signature(ALL)
CASES = {
    "no token": (lambda hub: hub.post("topic=a"), "NoToken", r"POST refused with 401: .*no token"),
    "no token to subscribe": (lambda hub: hub.get("a"), "NoToken", r"GET refused with 401: .*no token"),
    "bad signature": (lambda hub: hub.post("topic=a", FORGED), "InvalidToken", r"401: .*signature"),
    "wrong algorithm": (lambda hub: hub.post("topic=a", tokens.sign({}, "HS512")), "InvalidToken", r"401: .*HS512"),
    "expired": (lambda hub: hub.post("topic=a", EXPIRED), "ExpiredToken", r"401: .*exp"),
    "no grant": (lambda hub: hub.post("topic=urn:x", tokens.publisher("urn:y")), "MissingGrant", r'401: .*"urn:y".*"urn:x"'),
    "foreign origin": (lambda hub: hub.post("topic=a", fields=[("Cookie", f"mercureAuthorization={ALL}"),
                                                               ("Origin", "https://evil.example")]),
                       "ForeignOrigin", r'401: .*"https://evil.example".*MercurePublishOrigins'),
    "missing topic": (lambda hub: hub.post("", ALL), "BadRequest", r"400: .*topic"),
    "reserved topic": (lambda hub: hub.post("topic=/.well-known/mercure/x", ALL), "ReservedTopic", r"403: .*reserved"),
    "too large": (lambda hub: hub.post("topic=a&data=" + "x" * 2000, ALL), "TooLarge", r"413: .*MercureMaxUpdateSize"),
    "short token": (lambda hub: hub.post("topic=a", "short"), "InvalidToken", r"401: .*41"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_refusal_is_explained_and_counted(server, tls, case):
    ask, counter, line = case
    hub = Hub(server, tls=tls)
    before, mark = server.status()[hub.site][f"Refused{counter}"], server.log.mark()
    assert ask(hub).status >= 400
    found = server.log.await_line(rf"\[mercure:info\] .*\[client 127\.0\.0\.1:\d+\].*hub hub\.example\.test: .*{line}", mark)
    assert server.status()[hub.site][f"Refused{counter}"] == before + 1
    assert len(server.log.matching(r"\[mercure:info\].*refused with", mark)) == 1
    for token in (ALL, FORGED, EXPIRED):
        assert token not in found and token.split(".")[2] not in found


def test_tokens_in_clear_are_told_apart(server):
    hub, mark = Hub(server, "encrypted.example.test"), server.log.mark()
    assert hub.post("topic=a", ALL).status == 401
    server.log.await_line(r"hub encrypted\.example\.test.*MercureRequireTLS", mark)
    assert server.status()[hub.site]["RefusedNotEncrypted"] == 1


def test_what_a_client_sends_cannot_forge_a_log_line(server, tls):
    hub, mark = Hub(server, tls=tls), server.log.mark()
    hub.post("topic=urn:%0A[forged:emerg]%1B[31m", tokens.publisher("urn:y"))
    hub.request("GET", "?topic=a", [("Origin", "\x1b[2J"), *bearer(FORGED)])
    server.log.await_line("urn:y", mark)
    assert "\x1b" not in server.log.text()[mark:]
    assert not [line for line in server.log.lines(mark) if line.startswith("[forged")]


def test_a_streams_end_is_told_with_its_duration_events_bytes_and_reason(server, tls):
    hub, mark = Hub(server, tls=tls), server.log.mark()
    with hub.open("a") as stream:
        hub.publish("a", data="x", id="e")
        stream.next_event()
    server.log.await_line(r"\[mercure:info\].*hub hub\.example\.test: stream of urn:uuid:\S+ ended after [\d.]+ s, "
                          r"1 events and \d+ bytes: client has gone", mark)
