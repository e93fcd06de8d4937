"""MercureMaxSubscribersPerClient: counted by the address that mod_remoteip found, over all processes."""
import os
import signal

import pytest

from harness import tokens
from harness.configuration import HUB, SEVERAL_CHILDREN, Site
from harness.hub import Hub, bearer
from harness.server import Server
from harness.sse import Stream
from harness.waiting import await_until

BEHIND_A_PROXY = "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n"
LIMIT = 4
READ = bearer(tokens.subscriber("*"))


@pytest.fixture(scope="module")
def server(mpm):
    limited = HUB + BEHIND_A_PROXY + f"MercureMaxSubscribersPerClient {LIMIT}\n"
    sites = [Site(directives=limited), Site("other.example.test", limited), Site("free.example.test", HUB + BEHIND_A_PROXY)]
    with Server(mpm, modules=["remoteip"], sites=sites, allow=["AH00052: child pid \\d+ exit signal Killed"],
                **SEVERAL_CHILDREN[mpm]) as server:
        yield server


def open_from(hub, address):
    return hub.open("a", fields=[("X-Forwarded-For", address)])


def fill_up(hub, address="192.0.2.1"):
    return [open_from(hub, address) for _ in range(LIMIT)]


def refusal_of(hub, address="192.0.2.1"):
    return hub.request("GET", "?topic=a", [*READ, ("X-Forwarded-For", address)])


def close(server, hub, streams):
    for stream in streams:
        stream.close()
    server.await_status(hub.site, Streams=0)


def test_P1_SUB_35_ERR_09_a_client_gets_so_many_streams_and_no_more(server, tls):
    hub = Hub(server, tls=tls)
    streams, mark = fill_up(hub), server.log.mark()
    refused = refusal_of(hub)
    assert (refused.status, refused.body) == (429, b"Too Many Requests\n")
    assert 5 <= int(refused.field("Retry-After")) <= 20
    server.log.await_line(rf"client 192\.0\.2\.1\b.*429: .*MercureMaxSubscribersPerClient \({LIMIT}\)", mark)
    published = hub.publish("a")
    assert {stream.next_event().id for stream in streams} == {published}
    streams.pop().close()
    server.await_status(Streams=LIMIT - 1)
    streams.append(open_from(hub, "192.0.2.1"))
    close(server, hub, streams)


def test_another_client_and_another_hub_have_room(server, tls):
    hub = Hub(server, tls=tls)
    streams = fill_up(hub)
    streams.append(open_from(hub, "192.0.2.2"))
    with open_from(Hub(server, "other.example.test", tls=tls), "192.0.2.1") as stream:
        assert stream.head.status == 200
    close(server, hub, streams)


def test_an_ipv6_client_is_its_64(server):
    hub = Hub(server)
    streams = [open_from(hub, f"2001:db8:1:2::{number}") for number in range(LIMIT)]
    assert refusal_of(hub, "2001:db8:1:2:ffff:ffff:ffff:ffff").status == 429
    streams.append(open_from(hub, "2001:db8:1:3::1"))
    close(server, hub, streams)


def test_an_ipv4_client_is_one_address_also_as_ipv6(server):
    hub = Hub(server)
    streams = fill_up(hub, "::ffff:192.0.2.1")
    assert refusal_of(hub, "192.0.2.1").status == 429
    streams.append(open_from(hub, "::ffff:192.0.2.2"))
    close(server, hub, streams)


def test_without_a_limit_nobody_is_counted(server):
    hub = Hub(server, "free.example.test")
    close(server, hub, [open_from(hub, "192.0.2.1") for _ in range(3 * LIMIT)])


def test_a_killed_childs_streams_count_no_more(server):
    hub = Hub(server)
    streams = fill_up(hub)
    os.kill(server.owner_of(streams[0].connection)[0], signal.SIGKILL)
    streams[0].await_end()
    streams.append(await_until(lambda: refusal_or_stream(hub), 10, "there is room again"))
    close(server, hub, streams)


def refusal_or_stream(hub):
    connection = hub.connect()
    connection.send(hub.head("GET", "?topic=a", [*READ, ("X-Forwarded-For", "192.0.2.1")]))
    head = connection.read_head()
    if head.status == 200:
        return Stream(connection, head)
    connection.close()
    return None


def test_streams_of_a_keeper_count_too(server):
    hub = Hub(server)
    streams = fill_up(hub)
    server.graceful()
    server.await_status(Streams=LIMIT)
    await_until(lambda: server.status()[hub.site]["Keepers"], what="keepers hold the streams")
    await_until(lambda: refusal_of(hub).status == 429, what="they count once")
    streams.pop().close()
    server.await_status(Streams=LIMIT - 1)
    streams.append(open_from(hub, "192.0.2.1"))
    assert refusal_of(hub).status == 429
    close(server, hub, streams)
