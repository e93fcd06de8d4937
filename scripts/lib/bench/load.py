"""One measurement: the load generator against one server."""

import json
import subprocess

import paths
from failure import Failure

TIMEOUT_SECONDS = 120
FEWEST = 100  # subscribers that memory and openings can be told of


def measure(contender, work):
    """What the load generator prints, less what cannot be known."""
    with contender.running(work.tls) as endpoint:
        result = generate_load(endpoint, work)
    if not endpoint.processes:
        result["cpu_us_per_delivery"] = result["bytes_per_subscriber"] = result["server_bytes"] = None
    if work.subscribers < FEWEST:
        result["bytes_per_subscriber"] = result["opens_per_s"] = None
    return result


def generate_load(endpoint, work):
    options = {
        "subscribe": endpoint.subscribe,
        "publish": endpoint.publish,
        "token": endpoint.token,
        "topic": endpoint.topic,
        "subscribers": work.subscribers,
        "rate": work.rate,
        "updates": work.updates,
        "burst": work.burst,
        "timeout": TIMEOUT_SECONDS,
    }
    command = [paths.BUILD / "sseload"]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    for process in endpoint.processes:
        command += ["--server", str(process)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=4 * TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Failure("the load generator did not end") from None
    if run.returncode != 0:
        raise Failure(run.stderr.strip() or f"the load generator ended with status {run.returncode}")
    return json.loads(run.stdout)
