"""Publishers that work at the same time as the test."""
import threading

from . import tokens
from .hub import Hub


class Publisher(threading.Thread):
    """Publishes on one connection after another until `count` updates are answered, or until stop().

    httpd may end a kept-alive connection, its workers being busy, just when the next request is on its way. As such a
    request may have been taken or not, it is not repeated: the next update has an id of its own."""

    def __init__(self, hub: Hub, topic="a", count=None, name="p", data="", pause=0.0):
        super().__init__(daemon=True)
        self.answered = []        # ids that the hub has acknowledged, in order
        self.attempted = 0
        self.broken = 0           # connections that ended under a request
        self.errors = []
        self._hub = hub
        self._topic = topic
        self._count = count
        self._name = name
        self._data = data
        self._pause = pause       # seconds between two, so that slow readers keep up
        self._stopped = threading.Event()
        self._token = tokens.publisher()

    def run(self):
        connection = None
        while not self._stopped.wait(self._pause) and (self._count is None or len(self.answered) < self._count):
            identifier = f"{self._name}-{self.attempted}"
            self.attempted += 1
            try:
                connection = connection or self._hub.connect()
                self._hub.publish(self._topic, self._data, self._token, connection, id=identifier)
                self.answered.append(identifier)
            except (OSError, ConnectionError) as error:
                self.broken += 1
                self.last_break = error
                if connection:
                    connection.close()
                connection = None
            except AssertionError as error:
                self.errors.append(str(error))
                break
        if connection:
            connection.close()

    def stop(self):
        self._stopped.set()
        self.join()


def publish_all(hub, publishers, each, topic="a", data=""):
    """Starts so many publishers at once."""
    running = [Publisher(hub, topic, each, f"p{number}", data) for number in range(publishers)]
    for publisher in running:
        publisher.start()
    return running
