"""Thousands of subscribers on Debian's own settings, and what an update costs when few of them want it."""
import json
import resource
import subprocess

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.environment import LOAD_GENERATOR, PATIENCE, SANITIZE
from harness.hub import Hub
from harness.server import Server

# Debian's mods-available/mpm_event.conf.
DEBIAN = """<IfModule mpm_event_module>
\tStartServers\t\t\t 2
\tMinSpareThreads\t\t 25
\tMaxSpareThreads\t\t 75
\tThreadLimit\t\t\t 64
\tThreadsPerChild\t\t 25
\tMaxRequestWorkers\t  150
\tMaxConnectionsPerChild   0
</IfModule>"""
LASTING = HUB + "MercureMaxStreamDuration 0\nMercureSendTimeout 1min\n"
SPARE = 256  # descriptors for the files and listeners of a process
UPDATES = 20


def possible(wanted):
    """As many streams as one process's descriptors allow; sanitized ones are few."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = min(wanted, hard - 1024 - SPARE, 1000 if SANITIZE else wanted)
    if count < wanted:
        print(f"{count} subscribers instead of {wanted}")
    return count


def has_ended(process, within=0.2):
    """Whether a process ends within so many seconds: questions that follow each other faster keep workers busy."""
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        return False
    return True


@pytest.mark.parametrize("tls, wanted", [(False, 10_000), (True, 5_000)], ids=["clear", "tls"])
def test_every_update_reaches_thousands_without_workers(tls, wanted):
    count = possible(wanted)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with Server("event", sites=[Site(directives=LASTING)], mpm_directives=DEBIAN, threads=25, descriptors=(hard, hard)) as server:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{server.ports.tls if tls else server.ports.clear}/.well-known/mercure"
        token = tokens.sign({"mercure": {"publish": ["*"], "subscribe": ["*"]}})
        command = [LOAD_GENERATOR, "--subscribe", f"{url}?topic=a", "--publish", url, "--token", token, "--topic", "a",
                   "--subscribers", count, "--updates", UPDATES, "--rate", 2, "--burst", 5, "--timeout", 120 * PATIENCE]
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as load:
            server.await_status(timeout=120, Streams=count)
            busy = []
            while not has_ended(load):
                busy.append(server.status().busy_workers)
            result = json.loads(load.stdout.read())
        assert (result["lost"], result["dropped"], result["failed"]) == (0, 0, 0)
        assert max(busy) <= 2, "one answers the publisher, one this question"
        server.await_status(timeout=60, Streams=0, TLSStreams=0)


def test_selectors_that_do_not_match_cost_nothing():
    with Server("event", sites=[Site(directives=LASTING)], children=1) as server:
        hub = Hub(server)
        exact = [hub.open(f"topic/{number}") for number in range(150)]
        shared = [hub.open("shared/{id}") for _ in range(150)]
        apart = [hub.open(f"{number}/other/{{id}}") for number in range(150)]

        def cost(topic):
            server.settle()
            before = server.status()[hub.site]["SelectorsEvaluated"]
            with hub.open(topic) as watcher:
                published = hub.publish(topic)
                assert watcher.next_event().id == published
            server.await_status(Streams=450)
            return server.status()[hub.site]["SelectorsEvaluated"] - before

        assert cost("topic/7") == 1, "one look-up, whatever the others want"
        assert cost("shared/7") == 2, "a look-up, and the template that half of them share"
        assert cost("7/other/x") == 2, "a look-up, and the one template that begins so"
        for stream in exact + shared + apart:
            stream.close()
        server.await_status(Streams=0)
