"""HTTP/1 messages, read strictly (RFC 9112)."""


class Head:
    def __init__(self, raw: bytes):
        self.raw = raw
        lines = raw.decode("latin-1").split("\r\n")
        self.version, status, self.reason = (lines[0] + " ").split(" ", 2)
        self.status = int(status)
        self.reason = self.reason.rstrip(" ")
        self.list = [(name, value.strip(" ")) for name, _, value in (line.partition(":") for line in lines[1:])]

    def fields(self, name):
        return [value for other, value in self.list if other.lower() == name.lower()]

    def field(self, name):
        """All values of a field as one, or None."""
        values = self.fields(name)
        return ", ".join(values) if values else None


class Body:
    """The body of one response, by the framing its head announces (RFC 9112, section 6.3)."""

    def __init__(self, head: Head, method: str):
        self.content = b""
        self.finished = False        # its end was seen on the wire
        self.chunked = (head.field("Transfer-Encoding") or "").lower() == "chunked"
        self._rest = b""
        self._missing = None
        length = head.field("Content-Length")
        if method == "HEAD" or head.status in (204, 304) or head.status < 200:
            self.finished = True
        elif not self.chunked and length is not None:
            self._missing = int(length)
            self.finished = self._missing == 0

    @property
    def delimited_by_close(self) -> bool:
        return not self.chunked and self._missing is None

    def feed(self, data: bytes) -> bytes:
        """Takes in bytes from the wire; what is left over belongs to the next message."""
        if self.chunked:
            return self._feed_chunks(data)
        if self._missing is None:
            self.content += data
            return b""
        taken = data[:self._missing]
        self.content += taken
        self._missing -= len(taken)
        self.finished = self._missing == 0
        return data[len(taken):]

    def _feed_chunks(self, data):
        self._rest += data
        pieces = []
        while not self.finished:
            line, separator, after = self._rest.partition(b"\r\n")
            if not separator:
                break
            size = int(line.partition(b";")[0], 16)
            if len(after) < size + 2:
                break
            assert after[size:size + 2] == b"\r\n", f"a chunk of {size} bytes ends with {after[size:size + 2]!r}"
            pieces.append(after[:size])
            self._rest = after[size + 2:]
            self.finished = size == 0
        self.content += b"".join(pieces)
        if self.finished:
            left, self._rest = self._rest, b""
            return left
        return b""

    @property
    def within_chunk(self) -> bool:
        return bool(self._rest)

    def connection_ended(self):
        if self.delimited_by_close:
            self.finished = True

    def take(self) -> bytes:
        """The content so far, which is then forgotten."""
        content, self.content = self.content, b""
        return content


class Response:
    def __init__(self, head: Head, body: Body):
        self.head = head
        self.status = head.status
        self.body = body.content
        self.complete = body.finished

    def field(self, name):
        return self.head.field(name)

    def fields(self, name):
        return self.head.fields(name)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def __repr__(self):
        return f"<{self.head.raw.decode('latin-1')}\n\n{self.text[:500]}>"
