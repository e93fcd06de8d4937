"""How a handed-over stream is framed, on which connections it may begin, and when its first updates come."""
import threading

import pytest

from harness import processes, tokens
from harness.hub import Hub, bearer, query_of
from harness.server import Server
from harness.sse import Stream
from harness.waiting import await_until

READ = tokens.subscriber("*")


@pytest.fixture(scope="module")
def server(mpm):
    with Server(mpm) as server:
        yield server


@pytest.fixture
def hub(server, tls):
    return Hub(server, tls=tls)


def is_handed_over(server, stream):
    """Whether the stream is on a descriptor of the hub's own, and on none of httpd's."""
    found = await_until(lambda: server.owner_of(stream.connection))
    return found[1] >= 1024


def test_http_1_1_is_chunked_and_handed_over(hub, server):
    with hub.open("a") as stream:
        assert stream.head.version == "HTTP/1.1" and stream.body.chunked
        await_until(lambda: is_handed_over(server, stream))
        assert hub.publish("a") == stream.next_event().id
        assert server.status()[hub.site]["ThreadedStreams"] == 0


def test_http_1_0_is_delimited_by_close(hub, server):
    """Clients of 1.0 know no chunks."""
    with hub.open("a", version="1.0") as stream:
        assert not stream.body.chunked
        assert stream.head.field("Transfer-Encoding") is None
        await_until(lambda: is_handed_over(server, stream))
        published = hub.publish("a", data="x", id="e")
        assert stream.next_event().id == published
        assert stream.raw == b":\nid: e\ndata: x\n\n"


@pytest.mark.parametrize("fields", [[("Expect", "100-continue")], [("Connection", "close")], [("Connection", "keep-alive")],
                                    [("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings"),
                                     ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA")]],
                         ids=["expect", "close", "keep-alive", "h2c"])
def test_framing_is_what_the_head_says(hub, server, fields):
    """An unread Expect makes httpd leave the chunks out of a 1.1 answer."""
    with hub.open("a", fields=fields) as stream:
        published = hub.publish("a", data="x", id="e")
        assert stream.next_event().id == published
        assert stream.raw == b":\nid: e\ndata: x\n\n"


def test_on_a_kept_alive_connection(hub, server):
    with hub.connect() as connection:
        assert hub.request("GET", "/", connection=connection).text == "plain page\n"
        assert hub.publish("a", connection=connection)
        stream = hub.open("a", connection=connection)
        await_until(lambda: is_handed_over(server, stream))
        assert hub.publish("a") == stream.next_event().id


def test_after_a_pipelined_request(hub, server):
    with hub.connect() as connection:
        connection.send(hub.head("GET", "/") + hub.head("GET", "?" + query_of("a"), bearer(READ)))
        assert connection.read_response().text == "plain page\n"
        stream = hub.opened(connection)
        assert hub.publish("a") == stream.next_event().id


def test_what_a_client_sends_behind_its_request_is_ignored(hub, server):
    request = hub.head("GET", "?" + query_of("a"), bearer(READ))
    with hub.connect() as connection:
        connection.send(request + hub.head("GET", "/") * 3)
        stream = hub.opened(connection)
        first = hub.publish("a")
        assert stream.next_event().id == first
        for _ in range(50):
            connection.send("x" * 10_000)
        second = hub.publish("a")
        assert stream.next_event().id == second and stream.holds_only(first, second)


def test_P0_DISC_03_head_is_never_handed_over(hub, server):
    with hub.connect() as connection:
        for _ in range(3):
            response = hub.request("HEAD", "?" + query_of("a"), bearer(READ), connection=connection)
            assert response.status == 200
        assert hub.request("GET", "/", connection=connection).text == "plain page\n"


def test_descriptors_lie_high_and_are_closed_on_exec(hub, server):
    with hub.open("a") as stream:
        await_until(lambda: is_handed_over(server, stream))
        pid, number = server.owner_of(stream.connection)
        assert processes.descriptor_flags(pid, number) & 0o2000000, "O_CLOEXEC"


def test_P0_SUB_18_the_server_keeps_nothing_of_a_closed_stream(hub, server):
    stream = hub.open("a")
    server.await_status(Streams=1)
    stream.close()
    server.await_status(Streams=0, TLSStreams=0)


def test_an_update_right_behind_the_head_is_never_lost(hub):
    """The stream begins where the log stood before its head went out."""
    with hub.connect() as publishing:
        for _ in range(150):
            connection = hub.connect()
            connection.send(hub.head("GET", "?" + query_of("race"), bearer(READ)))
            head = connection.read_head()
            published = hub.publish("race", connection=publishing)
            stream = Stream(connection, head)
            assert stream.next_event().id == published
            stream.close()


def test_what_is_published_while_a_stream_opens_comes_in_one_run(hub, server):
    """A steady publisher: whatever comes first, nothing after it is missing."""
    order, stop = [], threading.Event()

    def publish():
        with hub.connect() as connection:
            while not stop.is_set():
                order.append(hub.publish("run", connection=connection))

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        streams = []
        for _ in range(20):
            stream = hub.open("run")
            stream.read_until(lambda stream=stream: len(stream.events) >= 5)
            streams.append(stream)
    finally:
        stop.set()
        publisher.join()
    for stream in streams:
        stream.read_until(lambda stream=stream: stream.events[-1].id == order[-1])
        seen = [event.id for event in stream.events]
        assert seen == order[order.index(seen[0]):]
        stream.close()
