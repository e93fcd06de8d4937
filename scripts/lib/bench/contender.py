"""What is measured: each contender serves one URL to subscribe, one to publish, in clear text or TLS."""

import contextlib
import dataclasses


@dataclasses.dataclass(frozen=True)
class Endpoint:
    subscribe: str
    publish: str
    processes: tuple  # what costs are counted of, with all that descends from it
    token: str = ""
    topic: str = ""  # of Mercure's publish form; without one, the body is the data alone


class Contender:
    name = ""

    def serves(self, _tls):
        return True

    @contextlib.contextmanager
    def running(self, tls):
        """Yields the Endpoint of a server that has had no subscriber yet, and stops it afterwards."""
        raise NotImplementedError


def scheme(tls):
    return "https" if tls else "http"
