"""nginx with nchan, where both are installed."""

import contextlib
import string

import paths
from contender import Contender, Endpoint, scheme
from process import free_port, serving


class Nchan(Contender):
    name = "nchan"

    def __init__(self, descriptors):
        self._descriptors = descriptors

    @staticmethod
    def is_installed():
        return paths.NGINX.exists() and paths.NCHAN.exists()

    @contextlib.contextmanager
    def running(self, tls):
        port = free_port()
        template = string.Template((paths.SOURCES / "nginx.conf").read_text())
        configuration = paths.BUILD / "nginx.conf"
        configuration.write_text(
            template.substitute(
                directory=paths.BUILD,
                tls_directory=paths.TLS,
                port=port,
                ssl="ssl" if tls else "",
                descriptors=self._descriptors,
            )
        )
        command = [paths.NGINX, "-e", paths.BUILD / "nginx.log", "-c", configuration]
        with serving(command, port, paths.BUILD / "nginx.start.log") as process:
            url = f"{scheme(tls)}://127.0.0.1:{port}"
            yield Endpoint(f"{url}/subscribe", f"{url}/publish", (process,))
