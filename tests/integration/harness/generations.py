"""Hubs of protocol 1.0, alone or beside 0.x, and the tokens of both."""
from . import tokens
from .configuration import KEYS, Site
from .hub import FORM, Hub, Witness, bearer
from .sse import Stream

ISSUER_SECRET = "A secret of the issuer alone, of more than thirty-two bytes!"
METADATA = "/.well-known/oauth-protected-resource"


def issuer_section(more="", name=tokens.ISSUER) -> str:
    """An issuer whose one secret signs for both roles."""
    key = f'"{ISSUER_SECRET}" HS256'
    return f'<MercureIssuer "{name}">\nMercurePublisherJWT {key}\nMercureSubscriberJWT {key}\n{more}</MercureIssuer>\n'


# What a site says to serve each way; "plain" is the default of a hub that was set up for 0.x.
MODES = {
    "zero": "Mercure On\nMercureProtocol 0.x\n" + KEYS,
    "one": "Mercure On\nMercureProtocol 1.0\n" + issuer_section(),
    "any": "Mercure On\n" + KEYS + issuer_section(),
    "plain": "Mercure On\n" + KEYS,
}


def sites_of_each_mode(prefix="", directives=""):
    return [Site(f"{prefix}{mode}.example.test", configured + directives) for mode, configured in MODES.items()]


def pattern(text) -> dict:
    return tokens.matcher(text, "urlpattern")


class GenerationHub(Hub):
    """A hub that is asked in the words of either generation; in those of 1.0 unless it serves 0.x tokens alone.

    `port` is what its clients take for its port, where a proxy in front would have another."""

    def __init__(self, server, mode, site=None, tls=False, port=None, **options):
        super().__init__(server, site or f"{mode}.example.test", tls, **options)
        self.mode = mode
        self.port = port
        self.takes_new = mode in ("one", "any")

    def sister(self, prefix) -> "GenerationHub":
        """The hub of the same mode at the site whose name has this before it."""
        return GenerationHub(self.server, self.mode, f"{prefix}{self.mode}.example.test", self.tls)

    @property
    def origin(self) -> str:
        own = super().origin
        return f"{own.rpartition(':')[0]}:{self.port}" if self.port else own

    @property
    def metadata_url(self) -> str:
        return self.origin + METADATA + self.path

    # Tokens.

    def token(self, *details, **options) -> str:
        """A token of 1.0 for this hub; `aud` among the options names another."""
        return tokens.access_token(options.pop("aud", self.url), *details, **{"secret": ISSUER_SECRET, **options})

    def new_publisher(self, *matchers, **options) -> str:
        return self.token(tokens.detail(*matchers or "*"), **options)

    def new_subscriber(self, *matchers, **options) -> str:
        return self.token(tokens.detail(*matchers, actions=["subscribe"]), **options)

    def publisher(self, *matchers) -> str:
        return self.new_publisher(*matchers) if self.takes_new else tokens.publisher(*matchers)

    def subscriber(self, *matchers) -> str:
        return self.new_subscriber(*matchers) if self.takes_new else tokens.subscriber(*matchers)

    @property
    def nobody(self) -> str:
        """A token that is valid and grants nothing."""
        return self.token() if self.takes_new else tokens.sign({})

    # Asking.

    def publish(self, topics, data="", token=None, connection=None, **update) -> str:
        return super().publish(topics, data, token or self.publisher(), connection, **update)

    def ask(self, query="match=a", token=None, fields=(), method="GET", body=None):
        """The head of what may become a stream."""
        with self.connect() as connection:
            self._send(connection, query, token, fields, method, body)
            return connection.read_head()

    def refused(self, query="match=a", token=None, fields=(), method="GET", body=None):
        """The answer to a subscription that is meant to be refused."""
        with self.connect() as connection:
            self._send(connection, query, token, fields, method, body)
            return connection.read_response(method)

    def stream(self, query="match=a", token=None, fields=(), method="GET", body=None) -> Stream:
        """A subscription, with a token for everything unless one is given."""
        connection = self.connect()
        self._send(connection, query, self.subscriber("*") if token is None else token, fields, method, body)
        return self.opened(connection)

    def _send(self, connection, query, token, fields, method, body):
        fields = [*fields, *bearer(token)]
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            if "Content-Type" not in dict(fields):
                fields.append(("Content-Type", FORM))
            fields.append(("Content-Length", len(body)))
        head = self.head(method, f"?{query}" if query else None, fields)
        connection.send(head.encode("latin-1") + (body or b""))


class Overhearing(Witness):
    """A witness that speaks the hub's own generation."""

    def __init__(self, hub: GenerationHub):
        self._hub = hub
        self.stream = hub.stream("match=*" if hub.takes_new else "topic=*")
        self._seen = 0


def told(hub, answer) -> str:
    """What an answer says to the client in a word or two: its status and its challenge."""
    challenge = answer.field("WWW-Authenticate")
    if challenge is None:
        return str(answer.status)
    known = {"Bearer": "bare", f'Bearer resource_metadata="{hub.metadata_url}"': "metadata"}
    for code in ("invalid_token", "invalid_request", "insufficient_scope"):
        known[f'Bearer error="{code}", resource_metadata="{hub.metadata_url}"'] = code
        known[f'Bearer error="{code}"'] = code + " alone"
    return f"{answer.status} {known.get(challenge, challenge)}"


def receives(stream, *published):
    """Whether the next events of a stream are exactly these."""
    return [stream.next_event().id for _ in published] == list(published)
