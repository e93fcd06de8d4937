"""How a stream ends on the wire, and what it leaves behind."""
import ssl

import pytest

from harness import processes, tokens
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server
from harness.sse import read_all

DURATION = HUB + "MercureMaxStreamDuration 1s"


@pytest.fixture(scope="module")
def server(mpm):
    with Server(mpm, sites=[Site(), Site("brief.example.test", DURATION)]) as server:
        yield server


@pytest.fixture
def brief(server, tls):
    return Hub(server, "brief.example.test", tls=tls)


@pytest.fixture
def hub(server, tls):
    return Hub(server, tls=tls)


def test_P0_TIME_02_P1_EVT_05_a_planned_end_is_a_cut(brief, tls):
    """close_notify under TLS, FIN, and no last chunk: so that every client comes back."""
    with brief.open("a") as stream:
        assert stream.await_end() == ("close_notify" if tls else "fin")
        assert not stream.body.finished, "there was a last chunk"
        assert not stream.torn
        if tls:
            assert stream.connection.receive_fin() == "fin"


def test_a_planned_end_of_an_unchunked_stream(brief, tls):
    with brief.open("a", version="1.0") as stream:
        assert stream.await_end() == ("close_notify" if tls else "fin")


def test_unread_input_turns_no_end_into_a_reset(brief, tls):
    """What the client sent is read and dropped; the kernel answers a close over unread bytes with RST."""
    with brief.open("a") as stream:
        for _ in range(5):
            stream.connection.send("x" * 5000)
        assert stream.await_end() == ("close_notify" if tls else "fin")


@pytest.mark.parametrize("leave", ["close", "reset", "half-close"])
def test_P0_SUB_18_a_client_that_leaves_is_noticed_at_once(hub, server, leave):
    with hub.open("other") as other:
        stream = hub.open("a")
        server.await_status(Streams=2)
        {"close": stream.close, "reset": stream.connection.reset, "half-close": stream.connection.end_sending}[leave]()
        server.await_status(Streams=1)
        assert hub.publish("other") == other.next_event().id
    server.await_status(Streams=0)


def test_a_client_that_ends_its_side_with_its_request_leaves_nothing(hub, server):
    closed = server.status()[hub.site]["StreamsClosed"]
    with hub.connect() as connection:
        connection.send(hub.head("GET", "?topic=a", [("Authorization", f"Bearer {tokens.subscriber()}")]))
        connection.end_sending()
        while connection.receive():
            pass
    server.await_status(Streams=0)
    assert server.status()[hub.site]["StreamsClosed"] >= closed


def test_descriptors_and_tls_objects_go_back_to_where_they_were(hub, server, mpm):
    def descriptors():
        return sum(len(processes.descriptors(pid)) for pid in server.child_pids())

    hub.open("a").close()
    server.await_status(Streams=0, TLSStreams=0)
    server.settle()
    before = descriptors()
    for _ in range(10 if mpm == "event" else 4):
        streams = [hub.open("a") for _ in range(50)]
        server.await_status(Streams=50, TLSStreams=50 if hub.tls else 0)
        for number, stream in enumerate(streams):
            stream.connection.reset() if number % 2 else stream.close()
        server.await_status(Streams=0, TLSStreams=0)
    server.settle()
    assert descriptors() <= before + 8, "a few are httpd's own, for threads and connections"


@pytest.mark.parametrize("leave", ["close_notify", "close", "duration"])
def test_a_tls_session_survives_its_stream(server, authority, leave):
    """mod_ssl's session cache must not lose it: the stream's end is no failure."""
    hub = Hub(server, "brief.example.test" if leave == "duration" else "hub.example.test", tls=True)
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET
    stream = hub.open("a", connection=hub.connect(context=context))
    session = stream.connection.tls.session
    if leave == "duration":
        stream.await_end()
    elif leave == "close_notify":
        stream.connection.send_close_notify()
        server.await_status(Streams=0)
    stream.close()
    server.await_status(Streams=0)
    with hub.connect(context=context, session=session) as again:
        assert hub.request("GET", "/", connection=again).status == 200
        assert again.tls.session_reused


def test_one_broken_tls_stream_breaks_no_other(server):
    """OpenSSL's queue of errors belongs to the thread, not to the stream."""
    hub = Hub(server, tls=True)
    good = [hub.open("a") for _ in range(5)]
    for _ in range(5):
        bad = hub.open("a")
        bad.connection.send_raw(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        published = hub.publish("a")
        read_all(good, lambda: all(stream.events and stream.events[-1].id == published for stream in good))
        bad.close()
    for stream in good:
        stream.close()
    server.await_status(Streams=0)
