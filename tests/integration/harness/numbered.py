"""Publishers that number their updates, each on a connection of its own as a PHP script's, and keep account of them."""
import threading
import time
from urllib.parse import urlencode

from .failure import Failure
from .wire import Connection

_HEAD = """POST /.well-known/mercure HTTP/1.1\r
Host: {host}\r
Authorization: Bearer {token}\r
Content-Type: application/x-www-form-urlencoded\r
Content-Length: {length}\r
Connection: close\r
\r
"""


class NumberedPublisher(threading.Thread):
    """Publishes every `interval` seconds until stop().

    An update that was answered with an error has reached nobody, and its number is not used again; one whose answer
    did not come, because the connection ended, may have been taken or not. When no connection can be made, the same
    update is tried again."""

    def __init__(self, number, port, token, interval=0.1, host="hub.example.test", topic="load"):
        super().__init__(daemon=True)
        self.number = number
        self.last = 0             # the newest update's number
        self.refused = []         # numbers of those that were answered with an error
        self.unanswered = []
        self.failures = []
        self._port, self._host, self._topic, self._token = port, host, topic, token
        self._interval = interval
        self._stopped = threading.Event()

    @property
    def accepted(self) -> int:
        return self.last - len(self.refused) - len(self.unanswered)

    def run(self):
        due = time.monotonic()
        while not self._stopped.wait(max(0, due - time.monotonic())):
            self.publish()
            due = max(due + self._interval, time.monotonic() - self._interval)

    def publish(self):
        """The next update; whether it was taken."""
        try:
            connection = Connection(self._port)
        except OSError as error:
            self._fail(error)
            return False
        self.last += 1
        with connection:
            return self._exchange(connection)

    def _exchange(self, connection):
        body = urlencode({"topic": self._topic, "data": f"{self.number} {self.last}"})
        head = _HEAD.format(host=self._host, token=self._token, length=len(body))
        try:
            connection.send(head + body)
            status = connection.read_response("POST").status
        except OSError as error:
            self.unanswered.append(self.last)
            self._fail(error, connection)
            return False
        if status != 200:
            self.refused.append(self.last)
            self._fail(f"status {status}", connection)
        return status == 200

    def _fail(self, what, connection=None):
        what = what if isinstance(what, str) else type(what).__name__
        self.failures.append(Failure(what, connection.ports()[1] if connection else 0))

    def stop(self):
        self._stopped.set()
        self.join()
