"""A hub as its publishers and subscribers see it: one site of a server, over one of its ports."""
from urllib.parse import quote, urlencode

from . import tokens
from .messages import Response
from .sse import Stream
from .wire import Connection

PATH = "/.well-known/mercure"
FORM = "application/x-www-form-urlencoded"


def query_of(topics, **parameters) -> str:
    """A query string: each topic as `topic=`, then the other parameters."""
    topics = [topics] if isinstance(topics, str) else topics
    return urlencode([*(("topic", topic) for topic in topics), *parameters.items()], quote_via=quote)


def bearer(token):
    return [("Authorization", f"Bearer {token}")] if token else []


class Hub:
    def __init__(self, server, site="hub.example.test", tls=False, path=PATH, **connection_options):
        self.server = server
        self.site = site
        self.tls = tls
        self.path = path
        self.connection_options = {"name": site, **connection_options} if tls else connection_options

    @property
    def origin(self) -> str:
        if self.tls:
            return f"https://{self.site}:{self.server.ports.tls}"
        return f"http://{self.site}:{self.server.ports.clear}"

    @property
    def url(self) -> str:
        return self.origin + self.path

    def connect(self, **options) -> Connection:
        return self.server.connect(self.tls, **{**self.connection_options, **options})

    def head(self, method="GET", target=None, fields=(), version="1.1") -> str:
        """A request's head; `target` is the path and query, or what follows the hub's own path from `?` on."""
        target = self.path if target is None else self.path + target if target.startswith("?") else target
        lines = [f"{method} {target} HTTP/{version}", f"Host: {self.origin.partition('//')[2]}",
                 *(f"{name}: {value}" for name, value in fields)]
        return "\r\n".join(lines) + "\r\n\r\n"

    def request(self, method="GET", target=None, fields=(), body=None, connection=None, version="1.1") -> Response:
        """One exchange, on a connection of its own unless one is given."""
        fields = list(fields)
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            fields.append(("Content-Length", len(body)))
        own = connection or self.connect()
        try:
            own.send(self.head(method, target, fields, version).encode("latin-1") + (body or b""))
            return own.read_response(method)
        finally:
            if connection is None:
                own.close()

    # Publishing.

    def post(self, body, token=None, fields=(), target=None, content_type=FORM, connection=None) -> Response:
        fields = [*fields, *bearer(token), *([("Content-Type", content_type)] if content_type else [])]
        return self.request("POST", target, fields, body, connection)

    def publish(self, topics, data="", token=None, connection=None, **update) -> str:
        """Publishes, with a token for everything unless one is given; the update's id."""
        response = self.post(query_of(topics, data=data, **update), token or tokens.publisher(), connection=connection)
        assert response.status == 200, response
        return response.text

    # Subscribing.

    def get(self, topics=(), token=None, fields=(), **parameters) -> Response:
        """A subscription that is meant to be refused."""
        return self.request("GET", "?" + query_of(topics, **parameters), [*fields, *bearer(token)])

    def open(self, topics, token=None, fields=(), connection=None, version="1.1", **parameters) -> Stream:
        """A subscription, with a token for everything unless one is given, as soon as its head is here."""
        token = tokens.subscriber("*") if token is None else token
        connection = connection or self.connect()
        connection.send(self.head("GET", "?" + query_of(topics, **parameters), [*fields, *bearer(token)], version))
        return self.opened(connection)

    @staticmethod
    def opened(connection) -> Stream:
        """The stream whose request has just been sent on `connection`."""
        stream = Stream(connection, connection.read_head())
        assert stream.head.status == 200, stream.head.raw
        stream.read_until(lambda: stream.raw.startswith(b":\n"))
        return stream


class Witness:
    """A stream of every update, public or private, that can tell that nothing came."""

    def __init__(self, hub: Hub):
        self._hub = hub
        self.stream = hub.open("*")
        self._seen = 0

    def sees(self):
        """The events since the last call, up to this moment."""
        marker = self._hub.publish("urn:witness")
        self.stream.read_until(lambda: any(event.id == marker for event in self.stream.events))
        fresh, self._seen = self.stream.events[self._seen:-1], len(self.stream.events)
        return fresh

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
