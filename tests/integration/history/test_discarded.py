"""A client whose last update the hub keeps no longer: it is told that it may have missed some."""
import pytest

from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server

FEW = HUB + "MercureMaxUpdateSize 4K\nMercureLogSize 64K\n"
KEPT = {"a count": "MercureHistoryCount 20\n", "the log alone": "MercureHistory off\n"}


@pytest.fixture(scope="module", params=KEPT)
def hub(request, mpm):
    with Server(mpm, sites=[Site(directives=FEW + KEPT[request.param], tls=False)]) as server:
        yield Hub(server)


@pytest.mark.parametrize(("parameter", "field"), [("topic", "Last-Event-ID"), ("match", "Mercure-Last-Event-ID")])
def test_P0_REC_08_P1_REC_07_09_a_discarded_id_is_an_unknown_one(hub, parameter, field):
    ids = [hub.publish("a", "x" * 1000) for _ in range(200)]

    def reconnect(cursor):
        return hub.open([], fields=[("Last-Event-ID", cursor)], **{parameter: "a"})

    with reconnect(ids[-2]) as kept:
        assert kept.head.field(field) == ids[-2]
        assert kept.next_event().id == ids[-1]
    with reconnect(ids[0]) as stream:
        assert stream.head.field(field) == "earliest"
        assert hub.publish("a") == stream.next_event().id, "nothing of the past"
