"""Collects what was measured, and takes medians."""

import statistics

FAULTS = ("failed", "lost", "dropped")


class Results:
    def __init__(self):
        self._of = {}

    def add(self, work, name, result):
        self._of.setdefault((work, name), []).append(result)

    def median(self, work, name, metric):
        """Over all rounds; None where nothing was measured."""
        values = [result[metric] for result in self._of.get((work, name), []) if result[metric] is not None]
        return statistics.median(values) if values else None

    def faults(self, work, name):
        """How much went wrong over all rounds, by kind; empty when nothing did."""
        counts = {kind: sum(result[kind] for result in self._of.get((work, name), [])) for kind in FAULTS}
        return {kind: count for kind, count in counts.items() if count}


def ratio(value, base):
    return value / base if value is not None and base is not None and base > 0 else None
