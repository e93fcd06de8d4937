"""A subscriber that sees every byte of its stream."""
import time
from dataclasses import dataclass
from typing import Optional

import select

from .environment import PATIENCE
from .messages import Body
from .wire import TIMEOUT, Connection


@dataclass(frozen=True)
class Event:
    id: Optional[str]
    data: str
    type: Optional[str] = None
    retry: Optional[str] = None


class EventParser:
    """Splits a stream into events, comments and reconnection times, with LF line ends only."""

    def __init__(self):
        self.comments = 0
        self.retries = []         # values of events that hold nothing but `retry:`
        self._rest = b""
        self._fields = []

    def feed(self, data: bytes):
        assert b"\r" not in data, "a CR in the stream"
        self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        events = []
        for line in lines:
            if line.startswith(b":"):
                self.comments += 1
            elif line:
                name, separator, value = line.decode().partition(": ")
                assert separator, f"not `name: value`: {line!r}"
                self._fields.append((name, value))
            elif self._fields:
                events += self._end_event()
        return events

    def _end_event(self):
        fields, self._fields = self._fields, []
        single = {name: value for name, value in fields}
        if set(single) == {"retry"}:
            self.retries.append(int(single["retry"]))
            return []
        data = "\n".join(value for name, value in fields if name == "data")
        return [Event(single.get("id"), data, single.get("event"), single.get("retry"))]

    @property
    def within_event(self) -> bool:
        return bool(self._rest or self._fields)


class Stream:
    """An open subscription on a connection of its own. `raw` is all that came, without its framing."""

    def __init__(self, connection: Connection, head):
        self.connection = connection
        self.head = head
        self.raw = b""
        self.events = []
        self.ended = False
        self.body = Body(head, "GET")
        self._parser = EventParser()
        self._given = 0

    @property
    def comments(self) -> int:
        return self._parser.comments

    @property
    def retries(self):
        return self._parser.retries

    @property
    def torn(self) -> bool:
        """Whether it ended within an event or a chunk."""
        return self._parser.within_event or self.body.within_chunk

    def fileno(self):
        return self.connection.fileno()

    def read(self, timeout=TIMEOUT):
        """Takes in what has come, waiting for at least something; nothing at the end. TimeoutError."""
        data = self.connection.receive(timeout)
        if not data or self.body.finished:
            self.ended = True
            return
        self.connection.put_back(self.body.feed(data))
        fresh = self.body.take()
        self.raw += fresh
        self.events += self._parser.feed(fresh)
        self.ended = self.body.finished

    def read_until(self, condition, timeout=TIMEOUT):
        deadline = time.monotonic() + timeout
        while not condition():
            if self.ended:
                raise AssertionError(f"the stream ended ({self.connection.end}) after {self.raw!r}")
            try:
                self.read(max(0.001, deadline - time.monotonic()))
            except TimeoutError:
                raise AssertionError(f"still not so; came so far: {self.raw[-2000:]!r}") from None

    def next_event(self, timeout=TIMEOUT) -> Event:
        self.read_until(lambda: len(self.events) > self._given, timeout)
        self._given += 1
        return self.events[self._given - 1]

    def await_bytes(self, wanted: bytes, timeout=TIMEOUT):
        """Reads until all that came, without its framing, ends with `wanted`."""
        self.read_until(lambda: self.raw.endswith(wanted), timeout)

    def await_end(self, timeout=TIMEOUT):
        """Reads on until the server ends the stream; gives how the connection ended."""
        deadline = time.monotonic() + timeout
        while not self.ended:
            self.read(max(0.001, deadline - time.monotonic()))
        return self.connection.end

    def holds_only(self, *ids) -> bool:
        return [event.id for event in self.events] == list(ids)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def check_cuts(streams):
    """Each stream was cut by the server, between events, after one `retry:`; closes them."""
    for stream in streams:
        stream.await_end()
        assert not stream.torn and not stream.body.finished
        assert len(stream.retries) == 1, stream.raw
        assert stream.connection.end == ("close_notify" if stream.connection.tls else "fin")
        stream.close()


def read_all(streams, until, timeout=30.0):
    """Keeps reading from all streams at once until `until()`; streams that end are left alone."""
    deadline = time.monotonic() + timeout * PATIENCE
    while not until():
        live = [stream for stream in streams if not stream.ended]
        assert live, "every stream has ended"
        assert time.monotonic() < deadline, f"not so after {timeout:g} s; came: {[len(s.events) for s in streams]}"
        # What TLS holds already select() does not see; nor may it keep the others waiting.
        held = [stream for stream in live if stream.connection.tls and stream.connection.has_data()]
        for stream in {*held, *select.select(live, [], [], 0 if held else 0.2)[0]}:
            try:
                stream.read(0)
            except TimeoutError:
                pass
