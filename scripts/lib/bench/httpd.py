"""httpd with the module, set up as Debian does."""

import contextlib

import paths
from contender import Contender, Endpoint, scheme
from process import free_port, serving

TOPIC = "https://example.com/bench"


class Httpd(Contender):
    name = "mod_mercure"

    def __init__(self, key, token):
        self._key = key
        self._token = token

    @contextlib.contextmanager
    def running(self, tls):
        port = free_port()
        defines = {
            "DIRECTORY": paths.BUILD,
            "PORT": port,
            "HTTPD_MODULES": paths.HTTPD_MODULES,
            "MERCURE_MODULE": paths.MODULE,
            "TLS_DIRECTORY": paths.TLS,
            "KEY": self._key,
        }
        command = [paths.HTTPD, "-DFOREGROUND", "-f", paths.SOURCES / "httpd.conf"]
        for name, value in defines.items():
            command += ["-C", f'Define {name} "{value}"']
        if tls:
            command.append("-DTLS")
        with serving(command, port, paths.BUILD / "httpd.start.log") as process:
            url = f"{scheme(tls)}://127.0.0.1:{port}/.well-known/mercure"
            yield Endpoint(f"{url}?topic={TOPIC}", url, (process,), self._token, TOPIC)
