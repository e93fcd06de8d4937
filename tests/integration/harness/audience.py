"""Many subscribers that behave as browsers do: the program of tests/load, which counts what each of them gets."""
import json
import subprocess

from .environment import PATIENCE
from .waiting import await_until

TARGET = "/.well-known/mercure?topic=load"

# What no subscriber may see; `missing` counts once all that was published has had its time to arrive.
FAULTS = ("missing", "duplicated", "reordered", "refused_delivered", "invented", "foreign")


def _listed(numbers):
    return ",".join(map(str, numbers)) or "-"


class Audience:
    """Connects again after each end as browsers do, `retry` milliseconds later unless the hub says otherwise."""

    def __init__(self, program, port, host="hub.example.test", target=TARGET, token="", retry=500):
        options = {"port": port, "host": host, "target": target, "token": token, "retry": retry}
        self._process = subprocess.Popen([program, *(word for name, value in options.items() if value != ""
                                                     for word in (f"--{name}", str(value)))],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, command) -> dict:
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the subscribers' program has ended with {self._process.wait()}"
        return json.loads(answer)

    def report(self) -> dict:
        return self._ask("report")

    def begin(self, count):
        """So many more subscribers."""
        self._ask(f"open {count}")

    def open(self, count):
        """The same, but returns when all have a stream at the same time."""
        wanted = self.report()["streams"] + count
        self.begin(count)
        await_until(lambda: self.report()["streams"] == wanted, 60, f"{wanted} streams are open", interval=0.1)

    def expect(self, publishers) -> dict:
        """What is missing of what these have published, and may not be there."""
        for publisher in publishers:
            report = self._ask(f"expect {publisher.number} {publisher.last} {_listed(publisher.refused)} "
                               f"{_listed(publisher.unanswered)}")
        return report

    def await_all(self, publishers, timeout=60) -> dict:
        """Until everybody has got everything that was taken; when somebody does not, what has come by then."""
        self.expect(publishers)
        try:
            await_until(lambda: self.report()["missing"] == 0, timeout, interval=0.1)
        except AssertionError:
            pass
        return self.report()

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(10 * PATIENCE)
        finally:
            self._process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def faults_of(report):
    """What is wrong about a report of await_all(): nothing if each subscriber has each update once, and in order."""
    found = {name: report[name] for name in FAULTS if report[name]}
    if report["orders"] != 1:
        found["orders"] = report["orders"]
    if report["given_up"]:
        found["given_up"] = report["given_up"]
    return found
