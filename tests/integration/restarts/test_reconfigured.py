"""Reloads that replace a hub's shared memory under load: streams are cut and come back to the new one, and the history
carries what was published meanwhile."""
import itertools

import pytest

from harness.configuration import HUB, Site

CHANGES = {
    "log size": ["MercureLogSize 16M\n", "MercureLogSize 17M\n"],
    "sync": ["MercureHistorySync On\n", "MercureHistorySync Off\n"],
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_nothing_that_was_taken_is_lost(run_debian, under_load, changes):
    with run_debian(changes[0]) as server, under_load(server, 60, 8, 0.01, retry=100) as load:
        following = itertools.cycle(changes[1:] + changes[:1])

        def reconfigure():
            server.reconfigure(sites=[Site(directives=HUB + next(following), tls=False)])
            server.graceful()

        load.pace(10, reconfigure)
        report = load.settle()
        assert report["closed"] >= 60
        # One whose child had not heard of the reload yet may have been told so.
        failures = {failure.what for publisher in load.publishers for failure in publisher.failures}
        assert failures <= {"status 500", "status 503"}, failures
        print(sum(len(publisher.refused) for publisher in load.publishers), "refused")
