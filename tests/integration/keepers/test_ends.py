"""What ends the streams in a keeper: the server's own end, a hard restart, a changed configuration, a signal."""
import os
import signal

import pytest

from harness import processes, tokens
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.sse import check_cuts, read_all
from harness.waiting import await_until


def check_ends(streams):
    """Each was cut, between events, after a `retry:` of its own."""
    check_cuts(streams)
    assert len({stream.retries[0] for stream in streams}) > len(streams) // 3


def check_alive(server, streams, hub=None):
    published = (hub or Hub(server)).publish("a")
    read_all(streams, lambda: all(stream.events and stream.events[-1].id == published for stream in streams))
    assert not any(stream.ended for stream in streams)


@pytest.mark.parametrize("way", ["stop", "graceful_stop"])
def test_a_stop_ends_them_and_leaves_no_process(start, open_kept, way):
    with start() as server:
        streams = open_kept(server)
        getattr(server, way)()
        check_ends(streams)
        server.start()
        with Hub(server).open("a") as stream:
            check_alive(server, [stream])


def test_a_hard_restart_ends_them(start, open_kept):
    with start() as server:
        streams = open_kept(server)
        fresh = [Hub(server).open("a") for _ in range(4)]
        server.restart()
        check_ends(streams + fresh)
        server.await_status(Streams=0, Keepers=0)
        with Hub(server).open("a") as stream:
            check_alive(server, [stream])


def test_a_changed_size_ends_them(start, open_kept, lasting):
    with start() as server:
        streams = open_kept(server)
        server.reconfigure(sites=[Site(directives=lasting + "MercureLogSize 20M\n")])
        server.graceful()
        check_ends(streams)
        server.await_status(Streams=0, Keepers=0)


def test_a_removed_module_ends_them(start, open_kept, lasting):
    """Nothing of ours is left in httpd's parent that could tell them so."""
    with start() as server:
        streams, modules = open_kept(server), server.configuration.modules
        keepers = {stream.keeper for stream in streams}
        server.reconfigure(modules=(), sites=[Site(directives="")], log_level="notice")
        server.graceful()
        for stream in streams:
            stream.await_end(30)
        check_ends(streams)
        await_until(lambda: not keepers & set(server.keeper_pids()), what="the keepers end")
        server.reconfigure(modules=modules, sites=[Site(directives=lasting)])
        server.graceful()
        with Hub(server).open("a") as stream:
            check_alive(server, [stream])


def test_a_removed_hub_ends_its_streams_alone(start, open_kept, lasting):
    sites = [Site(directives=lasting), Site("other.example.test", lasting)]
    with start(sites) as server:
        others = [Hub(server, "other.example.test").open("a") for _ in range(4)]
        streams = open_kept(server)
        server.reconfigure(sites=sites[1:])
        server.graceful()
        check_ends(streams)
        check_alive(server, others, Hub(server, "other.example.test"))
        for stream in others:
            stream.close()
        server.await_status("other.example.test", Streams=0)


OLD, NEW = "an older secret of thirty-two bytes", "a newer secret of thirty-two bytes"


def reader(secret):
    return tokens.sign({"mercure": {"subscribe": ["*"]}}, secret=secret)


def test_a_dropped_key_ends_its_streams_alone(start, lasting):
    publisher = "Mercure On\nMercureMaxStreamDuration 0\nMercurePublisherJWT " + tokens.SECRET + "\n"
    old, new = f'MercureSubscriberJWT "{OLD}"\n', f'MercureSubscriberJWT "{NEW}"\n'
    with start([Site(directives=publisher + old + new)]) as server:
        hub = Hub(server)
        dropped = [hub.open("a", reader(OLD)) for _ in range(8)]
        kept = [hub.open("a", reader(NEW)) for _ in range(8)]
        server.graceful()
        check_alive(server, dropped + kept)
        server.reconfigure(sites=[Site(directives=publisher + new)])
        server.graceful()
        check_ends(dropped)
        check_alive(server, kept)
        for stream in kept:
            stream.close()
        server.await_status(Streams=0)


def test_anonymous_subscribers_end_when_they_are_no_longer_let_in(start, lasting):
    with start([Site(directives=lasting + "MercureAnonymous On\n")]) as server:
        hub = Hub(server)
        anonymous = [hub.open("a", token="") for _ in range(8)]
        kept = [hub.open("a") for _ in range(4)]
        server.graceful()
        check_alive(server, anonymous + kept)
        server.reconfigure(sites=[Site(directives=lasting)])
        server.graceful()
        check_ends(anonymous)
        check_alive(server, kept)
        for stream in kept:
            stream.close()
        server.await_status(Streams=0)


def test_a_key_file_that_breaks_ends_nothing(start, lasting):
    keys = f"Mercure On\nMercureMaxStreamDuration 0\nMercurePublisherJWT {tokens.SECRET}\nMercureSubscriberJWT file:{{directory}}/key\n"
    with start([Site(directives=keys)], allow=[r"MERCURE001[0-2]"]) as server:
        key = server.write("key", tokens.SECRET)
        server.graceful()
        streams = [Hub(server).open("a") for _ in range(4)]
        key.unlink()
        server.graceful()
        assert Hub(server).get("a", tokens.subscriber("*")).status == 503
        server.write("key", tokens.SECRET)
        server.graceful()
        check_alive(server, streams)
        for stream in streams:
            stream.close()


def test_a_killed_keeper_loses_its_own_streams_alone(start, open_kept):
    with start(allow=["AH00167"], directives="MercureMaxKeepers 100\n") as server:
        streams = open_kept(server)
        more = open_kept(server)
        victim = streams[0].keeper
        lost = [stream for stream in streams + more if stream.keeper == victim]
        kept = [stream for stream in streams + more if stream.keeper != victim]
        os.kill(victim, signal.SIGKILL)
        for stream in lost:
            stream.await_end()
        check_alive(server, kept)
        server.await_status(Streams=len(kept))
        for stream in kept:
            stream.close()
        server.await_status(Streams=0, Keepers=0)


def test_a_keeper_that_is_asked_to_end_says_when_to_come_back(start, open_kept):
    with start(allow=["AH00167"]) as server:
        streams = open_kept(server)
        for keeper in {stream.keeper for stream in streams}:
            os.kill(keeper, signal.SIGTERM)
        check_ends(streams)
        server.await_status(Streams=0, Keepers=0)


def test_keepers_end_with_a_parent_that_is_killed(start, open_kept):
    server = start()
    server.start()
    streams = open_kept(server)
    keepers = server.keeper_pids()
    os.kill(server.process.pid, signal.SIGKILL)
    check_ends(streams)
    await_until(lambda: not any(processes.title(pid) for pid in keepers))
    server.kill()


def test_a_keeper_ends_with_its_last_stream(start, open_kept):
    with start() as server:
        streams = open_kept(server)
        keepers = server.keeper_pids()
        assert server.await_status(Streams=len(streams))["Keepers"] == len(keepers) > 0
        for stream in streams:
            stream.close()
        server.await_status(Streams=0, TLSStreams=0, Keepers=0)
        await_until(lambda: not server.keeper_pids())
