"""When streams speak and when they end: heartbeat, `exp`, MercureMaxStreamDuration (protocol-0x section 14)."""
import time

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(directives=HUB + "MercureHeartbeat 0\nMercureMaxStreamDuration 0\n"),
             Site("beating.example.test", HUB + "MercureHeartbeat 1s\n"),
             Site("brief.example.test", HUB + "MercureMaxStreamDuration 2s\n")]
    with Server(mpm, sites=sites) as server:
        yield server


def test_P0_SUB_11_12_an_idle_stream_beats(server, tls):
    with Hub(server, "beating.example.test", tls=tls).open("a") as stream:
        stream.read_until(lambda: stream.comments >= 3)
        assert stream.raw == b":\n" * stream.comments


def test_P0_SUB_12_an_update_puts_the_beat_off(server):
    """With an update every fifth of the period no beat is ever due."""
    hub = Hub(server, "beating.example.test")
    with hub.open("a") as stream, hub.connect() as connection:
        ends = time.monotonic() + 2.5
        while time.monotonic() < ends:
            hub.publish("a", connection=connection)
            stream.next_event()
            time.sleep(0.1)  # the pace of the publisher
        assert stream.comments == 1


def test_P0_SUB_12_TIME_02_P1_SUB_34_TIME_02_without_heartbeat_and_duration_there_is_silence(server):
    beating, silent = Hub(server, "beating.example.test"), Hub(server)
    with beating.open("a") as clock, silent.open("a") as stream:
        clock.read_until(lambda: clock.comments >= 4)
        assert not stream.connection.has_data()


def test_P0_TIME_01_P1_TIME_01_a_stream_ends_at_its_tokens_exp(server, tls):
    """Row 29 of the list's examples: never later than `exp`."""
    hub = Hub(server, tls=tls)
    expires = time.time() + 2.5
    with hub.open("a", tokens.subscriber("*", exp=expires)) as stream, hub.open("a") as other:
        published = hub.publish("a")
        assert stream.next_event().id == other.next_event().id == published
        stream.await_end()
        ended = time.time()
        assert ended < expires + 1 and ended > expires - 1.5
        assert not stream.body.finished, "a cut"
        assert hub.publish("a") == other.next_event().id
    server.log.await_line(r"\[mercure:info\].* ended after .*exp")


def test_P0_TIME_02_P1_TIME_02_streams_end_after_their_duration_and_not_all_at_once(server):
    hub = Hub(server, "brief.example.test")
    mark = server.log.mark()
    streams = [(hub.open("a"), time.monotonic()) for _ in range(12)]
    lasted = []
    for stream, opened in streams:
        stream.await_end()
        lasted.append(time.monotonic() - opened)
        stream.close()
    assert min(lasted) > 1.4
    server.await_status(hub.site, Streams=0)
    ends = r"hub brief\.example\.test: stream of .* ended after .*longest duration reached"
    await_until(lambda: len(server.log.matching(ends, mark)) == 12, 10, "twelve ends in the log")
    durations = [float(line.split(" ended after ")[1].split(" s")[0]) for line in server.log.matching(ends, mark)]
    assert len({round(duration, 2) for duration in durations}) > 3, "spread by a random share"
    assert all(1.4 < duration < 3 for duration in durations)


def test_an_exp_before_the_duration_wins_and_the_other_way_round(server):
    hub = Hub(server, "brief.example.test")
    for exp in (time.time() + 1, time.time() + 3600):
        with hub.open("a", tokens.subscriber("*", exp=exp)) as stream:
            stream.await_end()
