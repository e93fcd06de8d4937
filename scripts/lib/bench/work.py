"""What every server is given to do."""

import dataclasses

DELIVERIES_PER_SECOND = 40_000  # a fraction of what the floor can do on one core: nothing queues up
MOST_UPDATES_PER_SECOND = 100
BURST_DELIVERIES = 200_000
LONGEST_BURST = 20_000
SPARE_DESCRIPTORS = 256  # a server's own files, listeners and pipes

DEFAULT_SUBSCRIBERS = {False: (1, 1000, 10_000), True: (1, 1000, 5000)}  # in clear, under TLS
QUICK_SUBSCRIBERS = (1, 200)


@dataclasses.dataclass(frozen=True)
class Work:
    tls: bool
    subscribers: int
    rate: float  # updates a second, while cost and latency are measured
    updates: int
    burst: int  # updates published as fast as they are taken

    def __str__(self):
        return f"{'TLS' if self.tls else 'clear'}, {self.subscribers:,} subscriber{'s' * (self.subscribers > 1)}"


def make_work(tls, subscribers, seconds):
    rate = min(MOST_UPDATES_PER_SECOND, DELIVERIES_PER_SECOND / subscribers)
    burst = min(LONGEST_BURST, BURST_DELIVERIES / subscribers)
    return Work(tls, subscribers, rate, max(5, round(rate * seconds)), max(5, round(burst * seconds / 5)))


def plan(options, descriptors):
    """The work for all the sizes asked for, cut to what fits into one process's descriptors; what was cut, in words."""
    seconds = 1 if options.quick else 5
    most = descriptors - SPARE_DESCRIPTORS
    works, cut = [], set()
    for tls in (False, True):
        if options.only and options.only != ("tls" if tls else "clear"):
            continue
        asked = options.subscribers or (QUICK_SUBSCRIBERS if options.quick else DEFAULT_SUBSCRIBERS[tls])
        cut.update(size for size in asked if size > most)
        works += [make_work(tls, size, seconds) for size in sorted({min(size, most) for size in asked})]
    return works, " and ".join(f"{size:,}" for size in sorted(cut)) + f" subscribers to {most:,}" if cut else ""
