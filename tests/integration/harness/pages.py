"""A visitor of the site's plain pages, who notices when one does not come."""
import threading

from .failure import Failure
from .wire import Connection


class Visitor(threading.Thread):
    """Asks for a page on one new connection after another, from the start of the block to its end, with so many seconds
    between two."""

    def __init__(self, server, pause=0.0):
        super().__init__(daemon=True)
        self.visits = 0
        self.failures = []
        self._server = server
        self._pause = pause
        self._stopped = threading.Event()

    def run(self):
        request = "GET / HTTP/1.1\r\nHost: hub.example.test\r\nConnection: close\r\n\r\n"
        while not self._stopped.wait(self._pause):
            port = 0
            try:
                with Connection(self._server.ports.clear) as connection:
                    _, port = connection.ports()
                    connection.send(request.encode())
                    response = connection.read_response("GET")
                assert response.text == "plain page\n", response
                self.visits += 1
            except (AssertionError, OSError) as error:
                self.failures.append(Failure(repr(error), port))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self.join()
