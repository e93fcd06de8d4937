"""mod_status's machine-readable page, `/server-status?auto`."""
from collections import defaultdict


class Status(dict):
    """`status["hub name"]["Streams"]` for a hub's counters; httpd's own lines in `server`."""

    def __init__(self, text: str):
        super().__init__()
        self.server = {}
        hub = None
        for line in text.splitlines():
            name, separator, value = line.partition(": ")
            if not separator:
                continue
            if name == "MercureHub":
                hub = self[value] = defaultdict(int)
            elif name.startswith("Mercure") and hub is not None:
                hub[name[len("Mercure"):]] = int(value)
            else:
                self.server[name] = value

    @property
    def busy_workers(self) -> int:
        return int(self.server["BusyWorkers"])
