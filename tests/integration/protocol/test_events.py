"""Events as bytes (protocol-0x section 4)."""
import pytest

from harness import tokens

ALL = tokens.publisher()


@pytest.mark.parametrize("body, expected", [
    ("id=e1&type=t&retry=5&data=a%0D%0Ab%0Dc%0Ad",
     b"event: t\nretry: 5\nid: e1\ndata: a\ndata: b\ndata: c\ndata: d\n\n"),
    ("id=e1&data=hi", b"id: e1\ndata: hi\n\n"),
    ("id=e1", b"id: e1\ndata: \n\n"),
    ("id=e1&data=", b"id: e1\ndata: \n\n"),
    ("id=e1&data=a%0A", b"id: e1\ndata: a\ndata: \n\n"),
    ("id=e1&data=%0D%0D%0A%0A", b"id: e1\ndata: \ndata: \ndata: \ndata: \n\n"),
    ("id=e1&data=%20a", b"id: e1\ndata:  a\n\n"),
    ("id=e1&data=data:%20x%3A", b"id: e1\ndata: data: x:\n\n"),
    ("id=e1&type=&retry=0&data=x", b"id: e1\ndata: x\n\n"),
    ("id=e1&type=mercure&data=x", b"event: mercure\nid: e1\ndata: x\n\n"),
    ("id=e1&data=%E2%82%AC", "id: e1\ndata: €\n\n".encode()),
    ("id=e1&data=%00x", b"id: e1\ndata: \0x\n\n"),
])
def test_P0_EVT_02_03_04_PUB_13_events_as_bytes(old, body, expected):
    with old.open("a") as stream:
        assert old.post("topic=a&" + body, ALL).status == 200
        stream.await_bytes(b"\n\n")
        assert stream.raw == b":\n" + expected


@pytest.mark.parametrize("further", ["", "&type=t&retry=5&data=x"])
def test_P0_EVT_01_every_event_has_an_id(hub, further):
    with hub.open("a") as stream:
        assert stream.head.field("Content-Type") == "text/event-stream"
        assert hub.post("topic=a" + further, ALL).text == stream.next_event().id


def test_P0_EVT_05_neither_topics_nor_privacy_are_shown(hub):
    with hub.open("urn:secret:1") as stream:
        hub.publish(["urn:secret:1", "urn:secret:2"], private="on", id="e")
        stream.next_event()
        assert stream.raw == b":\nid: e\ndata: \n\n"


def test_P0_EVT_07_updates_come_in_publish_order(hub):
    with hub.open("a") as stream, hub.connect() as connection:
        ids = [hub.publish("a", connection=connection) for _ in range(100)]
        stream.read_until(lambda: len(stream.events) == 100)
        assert stream.holds_only(*ids)


def test_an_event_is_one_chunk(hub):
    """Some clients fail on an event that comes in pieces."""
    with hub.open("a") as stream:
        before = len(stream.raw)
        hub.publish("a", data="x" * 1000, id="e")
        wire = b""
        while not wire.endswith(b"\r\n"):
            wire += stream.connection.receive()
        event = b"id: e\ndata: " + b"x" * 1000 + b"\n\n"
        assert before == 2 and wire == b"%x\r\n%s\r\n" % (len(event), event)
