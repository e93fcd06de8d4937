"""A history that another version of the module has written, in a layout of its own: the hub goes on without it."""
import os

import pytest

from harness.hub import Hub
from harness.server import Server

NAME = "hub.example.test"
MOVED = r"\[mercure:error\].*MERCURE0018.*layout"
MAGIC = b"MERCHIST"
VERSION = len(MAGIC)  # where it stands behind the magic


def change_layout(path):
    """As a version to come would have written it: LMDB finds nothing wrong with the file."""
    content = bytearray(path.read_bytes())
    at, found = content.find(MAGIC), 0
    while at >= 0:
        content[at + VERSION] += 1
        found += 1
        at = content.find(MAGIC, at + 1)
    assert found
    path.write_bytes(content)


@pytest.fixture
def server():
    return Server(allow=[MOVED], children=2)


@pytest.fixture
def data(server):
    """Its history, which holds updates of another layout."""
    with server:
        for _ in range(20):
            Hub(server).publish("a")
    data = server.directory / "history" / NAME / "data.mdb"
    change_layout(data)
    return data


def test_it_is_moved_aside_and_the_hub_goes_on(server, data):
    content, before = data.read_bytes(), server.log.mark()
    with server:
        moved = list(data.parent.glob("data.mdb.*"))
        assert len(moved) == 1 and moved[0].read_bytes() == content
        assert str(moved[0]) in server.log.await_line(MOVED, before)
        hub = Hub(server)
        published = hub.publish("a")
        with hub.open("a", fields=[("Last-Event-ID", "earliest")]) as stream:
            stream.next_event()
            assert stream.holds_only(published)
    assert os.stat(data).st_uid == os.stat(data.parent).st_uid
