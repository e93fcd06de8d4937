"""Children and keepers that are killed under load: what was answered with 200 comes to everybody, once and in order."""
import os
import random
import signal
from collections import Counter

import pytest

from harness.environment import SANITIZE

KILLED = [r"AH1039[23]: children are killed successively", r"AH00052: child pid \d+ exit signal Killed", "AH00546: ",
          r"\[mercure:(warn|notice)\].*(died|killed|repair)", "AH00167"]
KILLS = 4 if SANITIZE else 12


class Killer:
    def __init__(self, server, seed):
        self._server = server
        self._chance = random.Random(seed)
        self.children = self.keepers = 0

    def is_enough(self):
        return self.children and self.keepers and self.children + self.keepers >= KILLS

    def __call__(self):
        """Kills a child or, where there is one, a keeper. Reloads make keepers meanwhile."""
        keepers, children = self._server.keeper_pids(), self._server.child_pids()
        is_keeper = bool(keepers) and self._chance.random() < 0.5
        try:
            os.kill(self._chance.choice(keepers if is_keeper else children), signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended meanwhile
        self.keepers += is_keeper
        self.children += not is_keeper
        if self._chance.random() < 0.4:
            self._server.graceful()


@pytest.mark.parametrize("sync", ["On", "Off"])
def test_whatever_is_killed_nothing_that_was_taken_is_lost(run_debian, under_load, mpm, sync):
    directives = f"MercureHistorySync {sync}\nMercureMaxStreamDuration 0\n"
    with run_debian(directives, allow=KILLED) as server, under_load(server, 100, 6, 0.02, retry=100) as load:
        kill = Killer(server, mpm + sync)
        load.pace(60, kill, until=kill.is_enough)
        report = load.settle()
        assert kill.is_enough()
        assert report["closed"] > 0
        errors = Counter(failure.what for publisher in load.publishers for failure in publisher.failures)
        assert not any(publisher.refused for publisher in load.publishers), errors
        print(f"{kill.children} children and {kill.keepers} keepers killed; publishers saw {dict(errors)}")
