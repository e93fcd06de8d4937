"""Reloads, stops and kills httpd under load, under one processing model after the other."""

import argparse
import pathlib
import resource
import signal
import sys

import paths  # noqa: F401 (first: it finds the harness)
from work import faults_of, soak
from server import Server

MPMS = ("event", "worker", "prefork")


def read_options():
    parser = argparse.ArgumentParser(prog="soak", add_help=False)
    parser.add_argument("--key", type=pathlib.Path, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--open-directory", type=pathlib.Path, required=True)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--mpm", choices=(*MPMS, "all"), default="all")
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--updates", type=int, default=30)
    options = parser.parse_args()
    options.mpms = MPMS if options.mpm == "all" else (options.mpm,)
    options.seconds = options.minutes * 60 / len(options.mpms)
    return options


def note(text):
    print(f"    {text}", flush=True)


def raise_descriptor_limit():
    """httpd inherits it: after a few kills one keeper may hold all the streams."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def print_table(results):
    names = list(dict.fromkeys(name for counts in results.values() for name in counts))
    width = max(map(len, names))
    print("".join([" " * width, *(f"{mpm:>12}" for mpm in results)]))
    for name in names:
        print("".join([f"{name:<{width}}", *(f"{counts.get(name, 0):>12,}" for counts in results.values())]))


def main():
    options = read_options()
    raise_descriptor_limit()
    results = {}
    for mpm in options.mpms:
        note(f"mpm_{mpm}, {options.seconds:.0f} seconds")
        with Server(mpm, options.key, options.open_directory) as server:
            results[mpm] = soak(server, options, note)
        results[mpm]["crashes"] = len(server.crashes())
    print_table(results)
    faults = [f"{mpm}: {fault}" for mpm, counts in results.items() for fault in faults_of(counts)]
    print("\n".join(faults) or "Nothing was lost, nothing came twice or out of order.")
    return int(bool(faults))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        sys.exit(main())
    except AssertionError as error:
        sys.exit(f"soak: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
