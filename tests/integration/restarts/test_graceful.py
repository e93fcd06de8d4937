"""A graceful restart every second, as no logrotate does it: no update is lost, none comes twice, and no page fails."""
import pytest

from harness.environment import SANITIZE
from harness.pages import Visitor

MANY, LONG = (200, 10) if SANITIZE else (2000, 60)

# Nothing of a stream ends but by the hub's own doing.
LASTING = "MercureMaxStreamDuration 0\nMercureSendTimeout 60s\n"
# Every stream ends several times, and its subscriber comes back for what it has missed.
FLEETING = "MercureMaxStreamDuration 3s\n"


def reload_every_second(load, seconds):
    with Visitor(load.server, pause=0.02) as visitor:
        reloads = load.pace(seconds, load.server.graceful)
    report = load.settle()
    assert not visitor.failures, visitor.failures
    for publisher in load.publishers:
        assert not publisher.failures, publisher.failures
    print(f"{reloads} reloads, {visitor.visits} visits, {report['closed']} streams closed")
    return report


@pytest.mark.parametrize("mpm", ["event"])
def test_a_minute_of_reloads_under_many_subscribers(run_debian, under_load, mpm):
    with run_debian(LASTING) as server, under_load(server, MANY) as load:
        assert reload_every_second(load, LONG)["closed"] == 0


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_reloads_close_no_stream(run_debian, under_load, mpm):
    with run_debian(LASTING) as server, under_load(server, 300) as load:
        assert reload_every_second(load, 10)["closed"] == 0


def test_reloads_while_streams_end_and_come_back(run_debian, under_load):
    with run_debian(FLEETING) as server, under_load(server, 300, retry=50) as load:
        assert reload_every_second(load, 10)["closed"] > 300
