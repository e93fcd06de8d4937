"""Publishers that work at the same time as the test."""
import threading

from . import tokens
from .hub import Hub


class Publisher(threading.Thread):
    """Publishes `count` updates (or until stop()) on one connection after another; keeps the ids that were answered."""

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
        while not self._stopped.wait(self._pause) and (self._count is None or self.attempted < self._count):
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
    """Runs so many publishers at once; gives them back when all are done."""
    running = [Publisher(hub, topic, each, f"p{number}", data) for number in range(publishers)]
    for publisher in running:
        publisher.start()
    return running
