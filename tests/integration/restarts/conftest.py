"""A server as Debian sets it up, an audience of browsers, and publishers on a new connection for each update."""
import contextlib
import time

import pytest

from harness import tokens
from harness.audience import Audience, faults_of
from harness.configuration import HUB, Site
from harness.environment import SUBSCRIBERS
from harness.numbered import NumberedPublisher
from harness.server import Server

# What package apache2 has in mpm_event.conf, mpm_worker.conf and mpm_prefork.conf.
THREADED = """StartServers 2
MinSpareThreads 25
MaxSpareThreads 75
ThreadLimit 64
ThreadsPerChild 25
MaxRequestWorkers 150
"""
PREFORK = """StartServers 5
MinSpareServers 5
MaxSpareServers 10
MaxRequestWorkers 150
"""
MPM_DIRECTIVES = {"event": THREADED, "worker": THREADED, "prefork": PREFORK}


class Load:
    """Subscribers and publishers of one server."""

    def __init__(self, server, audience, publishers):
        self.server = server
        self.audience = audience
        self.publishers = publishers

    @staticmethod
    def pace(seconds, action, until=lambda: False):
        """Calls `action` every second for so long; how often."""
        calls, end = 0, time.monotonic() + seconds
        while time.monotonic() < end and not until():
            due = time.monotonic() + 1
            action()
            calls += 1
            time.sleep(max(0, due - time.monotonic()))
        return calls

    def settle(self):
        """Ends the publishers; a report once everybody has got everything, or will not get it."""
        for publisher in self.publishers:
            publisher.stop()
        # One more reaches all, or else those who miss the very last ones could not be told from those who wait.
        assert self.publishers[0].publish()
        report = self.audience.await_all(self.publishers)
        print(f"{self.server.mpm}: {sum(publisher.accepted for publisher in self.publishers)} updates taken; {report}")
        assert not faults_of(report), report
        return report


@pytest.fixture
def run_debian(mpm):
    """Runs a server of this MPM with one hub, by Debian's settings."""
    def make(directives="", **settings):
        return Server(mpm, sites=[Site(directives=HUB + directives, tls=False)], threads=25,
                      mpm_directives=MPM_DIRECTIVES[mpm], **settings)
    return make


@pytest.fixture
def under_load():
    """Subscribers, all of whom have got a first update, and publishers that go on until the load settles."""
    @contextlib.contextmanager
    def loaded(server, subscribers, publishers=4, each=0.2, **options):
        with Audience(SUBSCRIBERS, server.ports.clear, token=tokens.subscriber("*"), **options) as audience:
            audience.open(subscribers)
            running = [NumberedPublisher(number, server.ports.clear, tokens.publisher(), each)
                       for number in range(publishers)]
            assert running[0].publish()
            assert audience.await_all(running)["delivered"] == subscribers
            for publisher in running:
                publisher.start()
            try:
                yield Load(server, audience, running)
            finally:
                for publisher in running:
                    publisher.stop()
    return loaded
