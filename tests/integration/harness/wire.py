"""One client connection, in clear or under TLS, that decides which bytes travel together."""
import select
import socket
import ssl
import time

from .environment import PATIENCE
from .messages import Body, Head, Response
from .ports import HOST

TIMEOUT = 10.0


class Tls:
    """How a client speaks TLS."""

    def __init__(self, authority, version=None, certificate=None, name="hub.example.test", session=None, protocols=(),
                 context=None):
        self.context = context or ssl.create_default_context(cafile=str(authority.certificate))
        if version:
            self.context.minimum_version = self.context.maximum_version = version
        if certificate:
            self.context.load_cert_chain(str(certificate.certificate), str(certificate.key))
        if protocols:
            self.context.set_alpn_protocols(list(protocols))
        self.name = name
        self.session = session


class Connection:
    """Bytes to and from the server. `preface` goes out before TLS does (the PROXY protocol's line)."""

    def __init__(self, port, authority=None, preface=b"", receive_buffer=None, host=HOST, **tls_options):
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(TIMEOUT * PATIENCE)
        self._socket.connect((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._numbers = port, self._socket.getsockname()[1]
        self._unread = b""
        self.end = None            # how the server ended: "fin", "reset", "close_notify", "torn" (TLS cut without one)
        self.tls = None
        if preface:
            self._socket.sendall(preface)
        if authority is not None:
            self._begin_tls(Tls(authority, **tls_options))

    def _begin_tls(self, options):
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = options.context.wrap_bio(self._incoming, self._outgoing, server_hostname=options.name,
                                            session=options.session)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(self._receive_raw(TIMEOUT) or self._refused())
        self._flush()

    @staticmethod
    def _refused():
        raise ConnectionError("closed in the TLS handshake")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ports(self):
        """The server's port and ours."""
        return self._numbers

    def fileno(self):
        return self._socket.fileno()

    # Out.

    def send(self, data):
        """Sends; strings as ISO 8859-1."""
        self.send_together(data)

    def send_together(self, *pieces):
        """Each piece in a TLS record of its own, all in one segment."""
        self.send_raw(b"".join(self.seal(piece) for piece in pieces))

    def seal(self, data) -> bytes:
        """The bytes that carry `data` on the wire: under TLS one record."""
        data = data.encode("latin-1") if isinstance(data, str) else data
        if self.tls is None:
            return data
        self.tls.write(data)
        return self._outgoing.read()

    def send_raw(self, data: bytes):
        self._socket.sendall(data)

    def send_close_notify(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self._flush()

    def end_sending(self):
        """Half-closes: FIN to the server, still reading."""
        self._socket.shutdown(socket.SHUT_WR)

    def _flush(self):
        data = self._outgoing.read()
        if data:
            self._socket.sendall(data)

    # In.

    def receive(self, timeout=TIMEOUT) -> bytes:
        """What has come, as soon as something has; b"" at the end, whose manner is in `end`. TimeoutError."""
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        return self._receive_raw(timeout) if self.tls is None else self._receive_tls(timeout)

    def put_back(self, data: bytes):
        self._unread = data + self._unread

    def _receive_raw(self, timeout) -> bytes:
        if not select.select([self._socket], [], [], timeout * PATIENCE if timeout else 0)[0]:
            raise TimeoutError("nothing came from the server")
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            self.end = "reset"
            return b""
        if not data:
            self.end = "fin"
        return data

    def _receive_tls(self, timeout) -> bytes:
        deadline = time.monotonic() + timeout
        while True:
            try:
                data = self.tls.read(65536)
                if not data:
                    self.end = "close_notify"
                return data
            except ssl.SSLWantReadError:
                self._flush()
                raw = self._receive_raw(max(0, deadline - time.monotonic()))
                if raw:
                    self._incoming.write(raw)
                elif self.end == "reset":
                    return b""
                else:
                    self._incoming.write_eof()
            except ssl.SSLEOFError:
                self.end = "torn"
                return b""

    def receive_fin(self, timeout=TIMEOUT):
        """After close_notify: how the TCP connection ends, which `end` says then."""
        assert self._receive_raw(timeout) == b""
        return self.end

    def has_data(self) -> bool:
        """Whether receive() would give something (or a part of a record) without waiting."""
        return bool(self._unread or (self.tls and (self.tls.pending() or self._incoming.pending))
                    or select.select([self._socket], [], [], 0)[0])

    def read_head(self) -> Head:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.receive()
            if not more:
                raise ConnectionError(f"the connection ended ({self.end}) within a head: {data!r}")
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        self._unread = rest + self._unread
        return Head(head)

    def read_response(self, method="GET") -> Response:
        """One whole response; interim ones (100) are given as they come."""
        head = self.read_head()
        body = Body(head, method)
        while not body.finished:
            data = self.receive()
            if not data:
                body.connection_ended()
                break
            self.put_back(body.feed(data))
        return Response(head, body)

    def exchange(self, request, method=None) -> Response:
        self.send(request)
        return self.read_response(method or str(request).partition(" ")[0])

    def close(self):
        self._socket.close()

    def reset(self):
        """Ends the connection the rude way, with RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.close()
