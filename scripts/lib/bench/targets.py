"""The targets that mod_mercure is held to, for those of them whose work was measured."""

import functools

from results import ratio

MODULE = "mod_mercure"


def print_targets(results, works):
    lines = [line for work in works for line in targets_of(results, work)]
    if lines:
        print("\nTargets")
    for text, value, met in lines:
        print(f"  {'met   ' if met else 'MISSED'}  {text}: {value:,.2f}")


def targets_of(results, work):
    """Triples: the target, what was measured, whether it is met."""
    median = functools.partial(results.median, work)
    cpu = median(MODULE, "cpu_us_per_delivery")
    size = median(MODULE, "bytes_per_subscriber")
    publishes = median(MODULE, "publishes_per_s")
    checks = []
    if work.subscribers == (5000 if work.tls else 10_000):
        most_cpu, most_size = (1.15, 12) if work.tls else (1.2, 1)
        floor, nchan = (ratio(cpu, median(other, "cpu_us_per_delivery")) for other in ("floor", "nchan"))
        checks += [
            (f"CPU per delivery at most {most_cpu} times the floor's", floor, lambda times: times <= most_cpu),
            ("CPU per delivery less than nchan's", nchan, lambda times: times < 1),
            (f"less than {most_size} KB a subscriber", ratio(size, 1024), lambda kilobytes: kilobytes < most_size),
        ]
    if work.subscribers == 1 and not work.tls:
        checks.append(("at least 10,000 publishes/s", publishes, lambda rate: rate >= 10_000))
    whole = not results.faults(work, MODULE)  # what was lost has cost nothing
    return [(f"{work}: {text}", value, whole and is_met(value)) for text, value, is_met in checks if value is not None]
