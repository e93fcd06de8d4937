"""A client of HTTP/2 (RFC 9113) over TLS, with several requests on one connection."""
import time

from h2.config import H2Configuration
from h2.connection import ConnectionState, H2Connection
from h2.events import (DataReceived, InformationalResponseReceived, ResponseReceived, StreamEnded,
                       StreamReset)
from h2.exceptions import ProtocolError

from .sse import EventParser
from .wire import TIMEOUT


class Http2Stream:
    """One request and what has come of its response."""

    def __init__(self, number):
        self.number = number
        self.fields = None
        self.list = []             # the same, with those that come twice
        self.raw = b""
        self.events = []
        self.is_wanted = False     # the server has asked for the body (100 Continue)
        self.ended = None          # "end" or "reset"
        self._parser = EventParser()

    @property
    def status(self):
        return int(self.fields[":status"])

    @property
    def comments(self):
        return self._parser.comments

    def take(self, data):
        self.raw += data
        if (self.fields or {}).get("content-type") == "text/event-stream":
            self.events += self._parser.feed(data)


class Http2Client:
    def __init__(self, hub, authority=None):
        """`authority` names another host than the one in the TLS handshake."""
        self.connection = hub.connect(protocols=["h2"])
        assert self.connection.tls.selected_alpn_protocol() == "h2"
        self._authority = authority or hub.origin.partition("//")[2]
        self._hub = hub
        self._protocol = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._protocol.initiate_connection()
        self._streams = {}
        self._send()

    def _send(self):
        data = self._protocol.data_to_send()
        if data:
            self.connection.send(data)

    def request(self, method="GET", target=None, fields=(), body=None, later=False) -> Http2Stream:
        """`later`: send_body() is to follow."""
        target = self._hub.path + target if (target or "?").startswith("?") and target else target or self._hub.path
        number = self._protocol.get_next_available_stream_id()
        headers = [(":method", method), (":scheme", "https"), (":authority", self._authority), (":path", target),
                   *((name.lower(), value) for name, value in fields)]
        self._protocol.send_headers(number, headers, end_stream=body is None and not later)
        stream = self._streams[number] = Http2Stream(number)
        if body is not None:
            self._protocol.send_data(number, body, end_stream=True)
        self._send()
        return stream

    def send_body(self, stream, body, ends=True):
        self._protocol.send_data(stream.number, body, end_stream=ends)
        self._send()

    def reset(self, stream):
        self._protocol.reset_stream(stream.number, 8)
        self._send()

    def read_until(self, condition, timeout=TIMEOUT):
        deadline = time.monotonic() + timeout
        while not condition():
            data = self.connection.receive(max(0.001, deadline - time.monotonic()))
            if not data:
                raise ConnectionError("the server ended the HTTP/2 connection")
            for event in self._receive(data):
                self._take(event)
            self._send()

    def _receive(self, data):
        try:
            return self._protocol.receive_data(data)
        except ProtocolError as error:
            # After GOAWAY the library takes no frame any more, though streams may still end one by one.
            if self._protocol.state_machine.state is ConnectionState.CLOSED:
                raise ConnectionError("the server ended the HTTP/2 connection") from error
            raise

    def _take(self, event):
        stream = self._streams.get(getattr(event, "stream_id", None))
        if stream is None:
            return
        if isinstance(event, InformationalResponseReceived):
            stream.is_wanted = True
        elif isinstance(event, ResponseReceived):
            stream.fields, stream.list = dict(event.headers), list(event.headers)
        elif isinstance(event, DataReceived):
            stream.take(event.data)
            self._protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            stream.ended = "end"
        elif isinstance(event, StreamReset):
            stream.ended = "reset"

    def await_end(self, stream):
        """Until the stream or its whole connection has ended; how: "end", "reset" or "connection"."""
        try:
            self.read_until(lambda: stream.ended)
        except ConnectionError:
            stream.ended = "connection"
        return stream.ended

    def exchange(self, *request, **options) -> Http2Stream:
        stream = self.request(*request, **options)
        self.read_until(lambda: stream.ended)
        return stream

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
