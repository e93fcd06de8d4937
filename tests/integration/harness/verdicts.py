"""How a hub judges the tokens of issuers: what the client hears, and what the error log says."""
import re
from dataclasses import dataclass

from . import tokens
from .hub import PATH, Hub, bearer, query_of

METADATA = "/.well-known/oauth-protected-resource" + PATH
TOPIC = "https://example.com/a"
ALL = tokens.detail("*", actions=["publish", "subscribe"])

# As long as what a log may have in common with a token by chance.
COMMON = 20


@dataclass(frozen=True)
class Verdict:
    """What somebody hears who comes with a token."""
    status: int
    challenge: str
    body: bytes
    told: str     # the refusal's line in the error log, or nothing


def holds_token(text, token) -> bool:
    """Whether any part of the token that is longer than COMMON stands in the text."""
    size = COMMON + 1
    return any(token[start:start + size] in text for start in range(len(token) - size + 1))


class Client:
    """Somebody who presents tokens to one hub."""

    def __init__(self, hub):
        self.hub = hub

    def token(self, *details, **options) -> str:
        """One of 1.0 for this hub, for everything unless details are given."""
        return tokens.access_token(self.hub.url, *(details or [ALL]), **options)

    def publish(self, token, topic=TOPIC) -> Verdict:
        mark = self.hub.server.log.mark()
        return self._verdict(self.hub.post(query_of(topic), token), token, mark)

    def subscribe(self, token, topic=TOPIC) -> Verdict:
        """A stream is closed at once; a refusal is asked for a second time, to be read whole."""
        with self.hub.connect() as connection:
            connection.send(self.hub.head("GET", "?" + query_of(topic), bearer(token)))
            if connection.read_head().status == 200:
                return Verdict(200, "", b"", "")
        mark = self.hub.server.log.mark()
        return self._verdict(self.hub.get(topic, token), token, mark)

    def _verdict(self, response, token, mark) -> Verdict:
        log = self.hub.server.log
        lines = []
        if response.status >= 400:
            log.await_line(r"refused with", mark, timeout=3)
            lines = log.matching(r"refused with", mark)
            assert len(lines) == 1, lines
            assert re.search(rf"\[mercure:info\] .*hub {self.hub.site}: \w+ refused with {response.status}: ", lines[0])
            assert not holds_token(log.text()[mark:], token), "a token in the log"
        told = lines[0].partition(f"{response.status}: ")[2] if lines else ""
        return Verdict(response.status, response.field("WWW-Authenticate") or "", response.body, told)

    def check_refused(self, verdict, status=401, code="invalid_token", told=""):
        """As 1.0 refuses tokens: the client hears the code, the administrator the reason."""
        metadata = self.hub.origin + METADATA
        body = {400: b"Bad Request\n", 401: b"Unauthorized\n", 403: b"Forbidden\n"}[status]
        assert (verdict.status, verdict.body) == (status, body), verdict
        assert verdict.challenge == f'Bearer error="{code}", resource_metadata="{metadata}"'
        assert re.search(told, verdict.told), verdict.told


def client_of(server, name) -> Client:
    """Of the hub at the site whose host begins with that word."""
    return Client(Hub(server, f"{name.lower()}.example.test"))
