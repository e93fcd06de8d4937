"""More keys for subscribers than streams can be checked against are told of, and only then."""
import pytest

from harness.configuration import Site
from harness.issuer import section
from harness.server import Server

MOST = 1024
LINE = "MERCURE0029"


def site_with(count):
    """So many issuers, all with the same key: it counts for each of them."""
    key = 'MercureSubscriberJWT "a secret that all issuers share, longer than a block of it" HS256'
    return Site(directives="Mercure On\n" + "".join(section(key, name=f"https://{i}.example.test") for i in range(count)),
                tls=False)


@pytest.mark.parametrize("count, allowed", [(MOST, []), (MOST + 1, [LINE])], ids=["as many", "one more"])
def test_as_many_as_there_is_room_for(count, allowed):
    with Server("event", sites=[site_with(count)], allow=allowed) as server:
        assert bool(server.log.matching(LINE)) == bool(allowed)
        for line in server.log.matching(LINE):
            assert f"{count} keys" in line and f"the first {MOST} " in line
