"""The floor: the least work that fans updates out, which every hub's cost is divided by."""

import contextlib

import paths
from contender import Contender, Endpoint, scheme
from process import free_port, serving


class Floor(Contender):
    name = "floor"

    @contextlib.contextmanager
    def running(self, tls):
        port = free_port()
        command = [paths.BUILD / "floor", port]
        if tls:
            command += [paths.TLS / "localhost.crt", paths.TLS / "localhost.key"]
        with serving(command, port, paths.BUILD / "floor.log") as process:
            url = f"{scheme(tls)}://127.0.0.1:{port}/"
            yield Endpoint(url, url, (process,))
