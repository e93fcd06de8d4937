"""An issuer's web server: JWK Sets at URLs, and what becomes of them when it fails."""
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import tokens
from .ports import HOST, free_port
from .waiting import await_until


@dataclass
class KeySet:
    """What one URL answers."""
    body: bytes = b""
    status: int = 200
    fields: dict = field(default_factory=dict)
    delay: float = 0.0
    requests: int = 0
    hangs: bool = False       # until the server's end

    def hold(self, *jwks):
        """These keys from now on."""
        self.status, self.fields, self.hangs = 200, {}, False
        self.body = document(*jwks).encode()

    def fail(self, status=200, body=b"", **fields):
        """This answer from now on; `Location` and the like are given as keywords."""
        self.status, self.body, self.fields = status, body, fields


def document(*jwks) -> str:
    """A JWK Set (RFC 7517, section 5)."""
    return json.dumps({"keys": list(jwks)})


class Issuer:
    """`with Issuer() as issuer:` serves `issuer["name"]` at `issuer.url("name")`; what is not set is a 404."""

    def __init__(self):
        self.port = free_port()
        self._sets = {}
        self._released = threading.Event()
        self._server = None
        self._thread = None

    def url(self, name="keys") -> str:
        return f"http://{HOST}:{self.port}/{name}.json"

    def __getitem__(self, name) -> KeySet:
        return self._sets.setdefault(name, KeySet(status=404))

    def start(self):
        self._server = ThreadingHTTPServer((HOST, self.port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self):
        """Nobody listens any more."""
        self._released.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._server = None

    def await_requests(self, name, count):
        await_until(lambda: self[name].requests >= count, what=f"{count} requests for {name}")

    def answer(self, path, handler):
        key_set = self[path.removeprefix("/").removesuffix(".json")]
        key_set.requests += 1
        if key_set.hangs:
            self._released.wait(60)
        elif key_set.delay:
            time.sleep(key_set.delay)
        handler.send_response(key_set.status)
        for name, value in key_set.fields.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(key_set.body)))
        handler.end_headers()
        handler.wfile.write(key_set.body)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def _handler(issuer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                issuer.answer(self.path, self)
            except OSError:
                pass   # whoever asked has gone

        def log_message(self, *_):
            pass
    return Handler


def section(*lines, name=tokens.ISSUER) -> str:
    """`<MercureIssuer>` with these directives inside."""
    return "\n".join([f'<MercureIssuer "{name}">', *lines, "</MercureIssuer>", ""])


def both(text) -> tuple:
    """A key's line for each role: `both("JWKS file:keys.json")`."""
    return f"MercurePublisher{text}", f"MercureSubscriber{text}"
