"""MercureMaxKeepers: the keeper with the fewest streams closes them when there is one too many."""
from harness.configuration import Site
from harness.hub import Hub
from harness.sse import read_all
from harness.waiting import await_until


def test_MercureMaxKeepers_0_keeps_nothing(start, lasting):
    with start([Site(directives=lasting)], directives="MercureMaxKeepers 0\n") as server:
        streams = [Hub(server).open("a") for _ in range(4)]
        server.graceful()
        for stream in streams:
            stream.await_end()
            assert len(stream.retries) == 1
            stream.close()
        server.await_status(Streams=0, Keepers=0)


def test_MercureMaxKeepers_closes_the_smallest(start, lasting, mpm):
    with start([Site(directives=lasting)], directives="MercureMaxKeepers 1\n", children=1,
               **({} if mpm == "prefork" else {"threads": 4})) as server:
        hub = Hub(server)
        few = [hub.open("a")]
        server.graceful()
        server.await_owner(few[0].connection, lambda pid: pid in server.keeper_pids())
        many = [hub.open("a") for _ in range(5)]
        server.graceful()
        few[0].await_end(30)
        few[0].close()
        assert len(few[0].retries) == 1
        await_until(lambda: server.status()[hub.site]["Keepers"] == 1)
        published = hub.publish("a")
        read_all(many, lambda: all(stream.events and stream.events[-1].id == published for stream in many))
        for stream in many:
            stream.close()
        server.await_status(Streams=0, Keepers=0)
