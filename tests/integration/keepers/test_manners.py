"""What holds for a stream in a child holds for it in a keeper."""
import time

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.sse import read_all


def in_keepers(server, streams):
    """A reload leaves the streams to keepers."""
    server.graceful()
    for stream in streams:
        server.await_owner(stream.connection, lambda pid: pid in server.keeper_pids())


def streams_of(server, *arguments, **options):
    return [Hub(server, tls=tls).open(*arguments, **options) for tls in (False, True)]


def test_a_kept_stream_beats(start):
    with start([Site(directives=HUB + "MercureHeartbeat 1s\n")]) as server:
        streams = streams_of(server, "a")
        in_keepers(server, streams)
        for stream in streams:
            seen = stream.comments
            stream.read_until(lambda stream=stream, seen=seen: stream.comments > seen + 1)
            stream.close()


def test_a_kept_stream_ends_at_its_tokens_exp(start, lasting):
    with start([Site(directives=lasting)]) as server:
        expires = time.time() + 4
        token = tokens.sign({"mercure": {"subscribe": ["*"]}, "exp": expires})
        streams = streams_of(server, "a", token)
        in_keepers(server, streams)
        for stream in streams:
            stream.await_end()
            assert time.time() >= int(expires) and not stream.torn
            stream.close()
        server.await_status(Streams=0, Keepers=0)


def test_a_kept_stream_ends_after_its_duration(start):
    with start([Site(directives=HUB + "MercureMaxStreamDuration 4s\n")]) as server:
        streams = streams_of(server, "a")
        in_keepers(server, streams)
        for stream in streams:
            stream.await_end()
            assert not stream.torn and not stream.body.finished
            stream.close()
        server.await_status(Streams=0, Keepers=0)


def test_a_kept_slow_reader_is_closed_and_delays_nobody(start, lasting):
    with start([Site(directives=lasting + "MercureSendTimeout 1s\n")]) as server:
        hub = Hub(server)
        slow = hub.open("a", connection=hub.connect(receive_buffer=4096))
        good = hub.open("a")
        in_keepers(server, [slow, good])
        for _ in range(30):
            published = hub.publish("a", "x" * 500_000)
            good.read_until(lambda published=published: good.events and good.events[-1].id == published)
        server.log.await_line(r"stream of .* ended after .*too slow")
        server.await_status(Streams=1)
        good.close()
        slow.close()


def test_private_updates_stay_private_in_a_keeper(start, lasting):
    with start([Site(directives=lasting)]) as server:
        hub = Hub(server)
        entitled, other = hub.open("a", tokens.subscriber("a")), hub.open("a", tokens.subscriber("b"))
        in_keepers(server, [entitled, other])
        hub.publish("a", "for few", private="on")
        public = hub.publish("a", "for all")
        read_all([entitled, other], lambda: all(s.events and s.events[-1].id == public for s in (entitled, other)))
        assert [event.data for event in entitled.events] == ["for few", "for all"]
        assert [event.data for event in other.events] == ["for all"]
        entitled.close()
        other.close()


def test_kept_streams_count_for_MercureMaxSubscribers(start, lasting):
    with start([Site(directives=lasting + "MercureMaxSubscribers 2\n")]) as server:
        streams = streams_of(server, "a")
        in_keepers(server, streams)
        assert Hub(server).get("a", tokens.subscriber("*")).status == 503
        streams[0].close()
        server.await_status(Streams=1)
        Hub(server).open("a").close()
        streams[1].close()
