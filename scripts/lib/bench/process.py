"""Server processes of the bench: each on a port of its own, and gone when its block ends."""

import contextlib
import os
import signal
import socket
import subprocess
import time

from failure import Failure

START_SECONDS = 20
STOP_SECONDS = 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, port, log):
    """Runs a server in the foreground of a session of its own, from when it listens until the block ends."""
    with open(log, "wb") as output:
        server = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the bench, which then stops its servers one by one
        )
    try:
        await_listening(server, port, log)
        yield server.pid
    finally:
        stop(server)


def await_listening(server, port, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Failure(f"the server ended while it started: {log.read_text().strip() or log}")
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise Failure(f"the server does not listen after {START_SECONDS} s: {log.read_text().strip() or log}")


def stop(server):
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)  # children that outlived their parent too
    server.wait()
