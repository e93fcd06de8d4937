"""The work under one processing model, and what came of it."""

import collections
import time

import paths  # first: it finds the harness
from disturbances import Disturbances
from harness.audience import Audience
from harness.numbered import NumberedPublisher
from harness.pages import Visitor
from harness.waiting import await_until

PUBLISHERS = 6
SECONDS_BETWEEN_VISITS = 0.05
SECONDS_TO_ARRIVE = 60


def soak(server, options, note):
    """Counts of what happened, by name."""
    interval = PUBLISHERS / options.updates
    publishers = [
        NumberedPublisher(number, server.ports.clear, options.token, interval) for number in range(PUBLISHERS)
    ]
    with Audience(paths.SUBSCRIBERS, server.ports.clear, token=options.token) as audience:
        audience.open(options.subscribers)
        # From now on every subscriber has an id to come back with.
        publishers[0].publish()
        await_until(lambda: audience.expect(publishers)["missing"] == 0, SECONDS_TO_ARRIVE, "the first update arrives")
        note(f"{options.subscribers:,} subscribers are there")
        disturbances = Disturbances(server)
        with Visitor(server, SECONDS_BETWEEN_VISITS) as visitor:
            for publisher in publishers:
                publisher.start()
            disturb(disturbances, options.seconds, audience, publishers, note)
            for publisher in publishers:
                publisher.stop()
        # After one more that all get, whoever misses the last ones is known to.
        await_until(publishers[0].publish, SECONDS_TO_ARRIVE, "the last update is taken")
        report = audience.await_all(publishers, SECONDS_TO_ARRIVE)
    return count(report, publishers, visitor, disturbances)


def disturb(disturbances, seconds, audience, publishers, note):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        disturbances.run(min(end, time.monotonic() + 30))
        report = audience.report()
        updates = sum(publisher.accepted for publisher in publishers)
        note(
            f"{max(0, end - time.monotonic()):.0f} s left: {updates:,} updates taken, {report['delivered']:,} "
            f"delivered, {report['duplicated']} twice, {report['reordered']} late"
        )


def count(report, publishers, visitor, disturbances):
    counts = {
        "updates published": sum(publisher.last for publisher in publishers),
        "updates taken": sum(publisher.accepted for publisher in publishers),
        "updates refused": sum(len(publisher.refused) for publisher in publishers),
        "updates without an answer": sum(len(publisher.unanswered) for publisher in publishers),
        "of these, delivered to some only": report["divided"],
        "deliveries": report["delivered"],
        "lost": report["missing"],
        "duplicated": report["duplicated"],
        "reordered": report["reordered"],
        "delivered though refused": report["refused_delivered"],
        "never published": report["invented"] + report["foreign"],
        "orders seen": report["orders"],
        "streams opened": report["opened"],
        "streams closed": report["closed"],
        "connections without a stream": report["failed"],
        "streams that began at an unknown id": report["forgotten"],
        "subscribers that gave up": sum(report["given_up"].values()),
        "pages visited": visitor.visits,
    }
    failures = [failure for publisher in publishers for failure in publisher.failures]
    add_failures(counts, "publishers' failures", failures, disturbances)
    add_failures(counts, "pages' failures", visitor.failures, disturbances)
    return {**counts, **disturbances.counts}


def add_failures(counts, what, failures, disturbances):
    causes = collections.Counter(disturbances.cause_of(failure) or failure.what for failure in failures)
    counts[what] = len(failures)
    counts.update({f"{what}: {cause}": number for cause, number in sorted(causes.items())})


FAULTY = (
    "lost",
    "duplicated",
    "reordered",
    "delivered though refused",
    "never published",
    "subscribers that gave up",
    "crashes",
)


def faults_of(counts):
    """What must not be; `lost` covers the updates whose publishers were answered with 200."""
    faults = [f"{name}: {counts[name]:,}" for name in FAULTY if counts.get(name)]
    if counts["orders seen"] != 1:
        faults.append(f"subscribers saw updates in {counts['orders seen']:,} different orders")
    return faults
