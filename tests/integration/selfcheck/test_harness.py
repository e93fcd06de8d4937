"""The harness itself: it must see what it claims to see, or every other test is worth nothing."""
import os
import signal

import pytest

from harness import processes, tokens
from harness.configuration import MPMS, Site
from harness.errorlog import ErrorLog
from harness.messages import Body, Head
from harness.server import Server
from harness.sse import EventParser, Event
from harness.status import Status
from harness.waiting import await_until

PLAIN = dict(load=None, sites=[Site(directives="")])


def plain_get(server, tls=False):
    with server.connect(tls) as connection:
        return connection.exchange("GET / HTTP/1.1\r\nHost: hub.example.test\r\n\r\n")


@pytest.mark.parametrize("mpm", MPMS)
def test_a_server_lives_through_reloads_and_ends_without_a_trace(mpm):
    server = Server(mpm, children=2, threads=4, **PLAIN)
    with server:
        assert server.status().server["ServerMPM"].lower() == mpm
        for change in (server.graceful, server.restart):
            assert plain_get(server).text == "plain page\n"
            assert plain_get(server, tls=True).text == "plain page\n"
            before = set(server.child_pids())
            change()
            await_until(lambda: server.child_pids() and not before & set(server.child_pids()), what="new children")
    assert not processes.carrying("MERCURE_TEST_SERVER", server.mark)


def test_a_crashed_child_is_noticed():
    with Server(**PLAIN) as server:
        os.kill(server.child_pids()[0], signal.SIGSEGV)
        server.log.await_line("exit signal")
        assert len(server.problems()) == 1
        assert not server.problems()


def test_configtest_tells_what_is_wrong():
    server = Server(directives="KeepAliveTimeout never", **PLAIN)
    code, messages = server.configtest()
    assert code == 1 and "KeepAliveTimeout" in messages
    server.reconfigure(directives="")
    assert server.configtest()[0] == 0


def test_the_end_of_a_connection_is_told_apart():
    with Server(**PLAIN) as server:
        for tls, end in ((False, "fin"), (True, "close_notify")):
            with server.connect(tls) as connection:
                response = connection.exchange("GET / HTTP/1.1\r\nHost: hub.example.test\r\nConnection: close\r\n\r\n")
                assert response.complete
                assert connection.receive() == b"" and connection.end == end
        with server.connect() as connection:
            connection.exchange("GET / HTTP/1.1\r\nHost: hub.example.test\r\n\r\n")
            pid, number = await_until(lambda: server.owner_of(connection))
            assert pid in server.child_pids() and number > 2


@pytest.mark.parametrize("line, fine", [
    ("[Mon Jan 01 00:00:00.1 2024] [mpm_event:notice] [pid 1:tid 2] AH00489: Apache/2.4 configured -- resuming normal "
     "operations", True),
    ("[Mon Jan 01 00:00:00.1 2024] [mercure:info] [pid 1:tid 2] a stream ended", True),
    ("[Mon Jan 01 00:00:00.1 2024] [mercure:warn] [pid 1:tid 2] something odd", False),
    ("[Mon Jan 01 00:00:00.1 2024] [core:notice] [pid 1] AH00052: child pid 2 exit signal Segmentation fault (11)", False),
    ("[Mon Jan 01 00:00:00.1 2024] [mercure:info] [pid 1] terminate called after throwing", False),
    ("==12==ERROR: AddressSanitizer: heap-use-after-free", False),
    ("something without a header", False),
])
def test_only_routine_lines_pass_the_guard(tmp_path, line, fine):
    path = tmp_path / "log"
    path.write_text(line + "\n")
    assert ErrorLog(path).unexpected() == ([] if fine else [line])
    assert ErrorLog(path).unexpected([".*"]) == []


def test_status_is_read_hub_by_hub():
    status = Status("BusyWorkers: 3\nMercureHub: a\nMercureStreams: 2\nMercureRefusedNoToken: 1\nMercureHub: b\n"
                    "MercureStreams: 5\n")
    assert status.busy_workers == 3
    assert status["a"]["Streams"] == 2 and status["a"]["RefusedNoToken"] == 1 and status["b"]["Streams"] == 5


def test_chunks_are_read_byte_by_byte():
    body = Body(Head(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"), "GET")
    wire = b"5\r\nhello\r\n3;x=y\r\n, w\r\n0\r\n\r\nHTTP"
    left = b"".join(body.feed(wire[i:i + 1]) if not body.finished else wire[i:i + 1] for i in range(len(wire)))
    assert (body.content, body.finished, left) == (b"hello, w", True, b"HTTP")
    with pytest.raises(AssertionError):
        Body(Head(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"), "GET").feed(b"5\r\nhelloX\r\n")


def test_events_are_read_byte_by_byte():
    parser, events = EventParser(), []
    for byte in b":\nretry: 9\n\nevent: t\nid: 1\ndata: a\ndata: \n\n:\n":
        events += parser.feed(bytes([byte]))
    assert events == [Event("1", "a\n", "t")]
    assert (parser.comments, parser.retries, parser.within_event) == (2, [9], False)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256", "ES512"])
def test_tokens_have_three_parts_and_a_signature_of_the_right_size(algorithm):
    token = tokens.sign({"mercure": {}}, algorithm)
    assert len(token.split(".")) == 3
    assert tokens.with_broken_signature(token) != token
