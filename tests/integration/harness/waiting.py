"""Waiting for a condition instead of for a time."""
import time

from .environment import PATIENCE


def await_until(condition, timeout=10.0, what=None, interval=0.01):
    """Calls `condition` until it gives something true, and gives that back; fails after `timeout` seconds."""
    end = time.monotonic() + timeout * PATIENCE
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"still not so after {timeout * PATIENCE:g} s: {what or condition}; last: {result!r}")
        time.sleep(interval)
