"""mercurectl history beside a real hub: what was published is what it prints."""
import json

import pytest

from harness.histories import mercurectl
from harness.hub import Hub
from harness.server import Server

TOPICS = ["https://example.com/books/1", "https://example.com/books"]


@pytest.fixture(scope="module")
def server(mpm):
    with Server(mpm) as server:
        yield server


def history(server, command):
    ran = mercurectl("history", command, server.directory / "history" / "hub.example.test")
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_what_was_published_is_what_it_prints(server):
    hub = Hub(server)
    public = hub.publish(TOPICS, "one\ntwo", type="note")
    private = hub.publish(TOPICS[0], "é", private="on")
    one, two = (json.loads(line) for line in history(server, "dump").splitlines())
    assert one == {"sequence": one["sequence"], "published": one["published"], "id": public, "topics": TOPICS,
                   "private": False, "madeByHub": False, "generation": "0.x", "event": one["event"]}
    assert "event: note\n" in one["event"] and "data: one\ndata: two\n" in one["event"]
    assert one["event"].endswith("\n\n")
    assert (two["id"], two["private"], two["topics"]) == (private, True, TOPICS[:1])
    assert one["sequence"] < two["sequence"] and one["published"] <= two["published"]
    assert "Records: 2\n" in history(server, "stats") and f"Newest id: {private}\n" in history(server, "stats")
    assert history(server, "verify").startswith("good: process ")
    with hub.open(TOPICS[0]) as stream:
        assert hub.publish(TOPICS[0]) == stream.next_event().id
