"""Measures the module's hub, the floor and other hubs under one and the same work, in interleaved rounds."""

import argparse
import pathlib
import resource
import signal
import sys
import time

from failure import Failure
from floor import Floor
from httpd import Httpd
from load import measure
from nchan import Nchan
from peer import Peer
from results import FAULTS, Results
from table import print_table
from targets import print_targets
from work import plan


def read_options():
    parser = argparse.ArgumentParser(prog="bench", add_help=False)
    parser.add_argument("--key", type=pathlib.Path, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--subscribers", type=lambda text: [int(size) for size in text.split(",")])
    parser.add_argument("--only", choices=("clear", "tls"))
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    return options


def note(text):
    print(f"    {text}", flush=True)


def raise_descriptor_limit():
    """Servers inherit it. What it now is."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1 << 20


def choose_contenders(options, descriptors):
    contenders = [Floor(), Httpd(options.key, options.token)]
    if Nchan.is_installed():
        contenders.append(Nchan(descriptors))
    else:
        note("nchan is not installed: leaving it out (Debian's packages nginx-light and libnginx-mod-nchan)")
    contenders += [Peer(text) for text in options.peer]
    names = [contender.name for contender in contenders]
    if len(set(names)) < len(names):
        raise Failure(f"each server needs a name of its own: {', '.join(names)}")
    return contenders


def run_rounds(options, works, contenders):
    results = Results()
    turns = [
        (number, work, contender)
        for number in range(1, options.rounds + 1)
        for work in works
        for contender in contenders
        if contender.serves(work.tls)
    ]
    failures = 0
    for done, (number, work, contender) in enumerate(turns, 1):
        what = f"{done}/{len(turns)}  round {number}  {work}  {contender.name}"
        started = time.monotonic()
        try:
            result = measure(contender, work)
        except Failure as failure:
            failures += 1
            note(f"{what}: FAILED: {failure}")
            continue
        results.add(work, contender.name, result)
        cpu = result["cpu_us_per_delivery"]
        cost = "" if cpu is None else f"{cpu:.2f} µs/delivery, "
        note(f"{what}: {cost}p99 {result['p99_us'] / 1000:.2f} ms ({time.monotonic() - started:.0f} s)")
        if any(result[kind] for kind in FAULTS):
            note("FAULTY: " + ", ".join(f"{result[kind]:,} {kind}" for kind in FAULTS))
    return results, failures


def main():
    options = read_options()
    descriptors = raise_descriptor_limit()
    contenders = choose_contenders(options, descriptors)
    works, left_out = plan(options, descriptors)
    if left_out:
        note(f"the limit of {descriptors:,} open files (ulimit -Hn) cuts {left_out}")
    results, failures = run_rounds(options, works, contenders)
    print_table(results, works, contenders, options.rounds)
    print_targets(results, works)
    return int(failures > 0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        sys.exit(main())
    except Failure as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
