"""What happens to the server while it is soaked."""

import contextlib
import itertools
import os
import random
import signal
import time

SECONDS_BETWEEN_RELOADS = 1
SECONDS_BETWEEN_KILLS = 6  # on average
SECONDS_BETWEEN_STOPS = 30
ANSWER_SECONDS = 5  # the longest that a failure may take to show
SECONDS_STOPPED = 1  # on average

WAYS_TO_STOP = {"graceful stops": signal.SIGWINCH, "full stops": signal.SIGTERM}


class Disturbances:
    """Reloads, kills and stops a server, and tells whom that may have hit."""

    def __init__(self, server):
        self.counts = dict.fromkeys(["reloads", "killed children", "killed keepers", *WAYS_TO_STOP], 0)
        self._server = server
        self._chance = random.Random()
        self._ways = itertools.cycle(WAYS_TO_STOP)
        self._stops = []  # (begin, end)
        self._cut = {}  # the client's port of a connection of a killed child: when
        now = time.monotonic()
        self._due = {
            self.reload: now + SECONDS_BETWEEN_RELOADS,
            self.kill: now + SECONDS_BETWEEN_KILLS,
            self.stop: now + SECONDS_BETWEEN_STOPS,
        }

    def run(self, until):
        """Until the time has come; ends with a server that is up."""
        while time.monotonic() < until:
            action, due = min(self._due.items(), key=lambda each: each[1])
            time.sleep(max(0, min(due, until) - time.monotonic()))
            if time.monotonic() >= due:
                self._due[action] = max(due, time.monotonic() - 1) + action()

    # Each gives the seconds until it is its turn again.

    def reload(self):
        self._server.reload()
        self.counts["reloads"] += 1
        return SECONDS_BETWEEN_RELOADS

    def kill(self):
        """A child or a keeper, and notes whose connections end with it."""
        keepers, children = self._server.keepers(), self._server.children()
        is_keeper = bool(keepers) and self._chance.random() < 0.5
        with contextlib.suppress(ProcessLookupError, IndexError):  # it has ended meanwhile
            victim = self._chance.choice(keepers if is_keeper else children)
            os.kill(victim, signal.SIGSTOP)
            clients = set() if is_keeper else self._server.clients_of(victim)
            os.kill(victim, signal.SIGKILL)
            self._cut.update(dict.fromkeys(clients, time.monotonic()))
            self.counts["killed keepers" if is_keeper else "killed children"] += 1
        return self._chance.uniform(0.5, 1.5) * SECONDS_BETWEEN_KILLS

    def stop(self):
        """And starts it again."""
        way = next(self._ways)
        begin = time.monotonic()
        self._server.end(WAYS_TO_STOP[way])
        time.sleep(self._chance.uniform(0, 2 * SECONDS_STOPPED))
        self._server.start()
        self._stops.append((begin, time.monotonic()))
        self.counts[way] += 1
        return SECONDS_BETWEEN_STOPS

    def cause_of(self, failure):
        """Why a connection failed, where that was meant; none otherwise."""
        if any(begin <= failure.when <= end for begin, end in self._stops):
            return "while httpd was stopped"
        if 0 <= failure.when - self._cut.get(failure.port, failure.when + 1) < ANSWER_SECONDS:
            return "of a killed child"
        return None
