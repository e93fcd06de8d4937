"""Debian's own Apache with the module, and the sample virtual host as its administrator would change it."""
import pytest

from harness.debian import DebianServer
from harness.environment import ROOT

CONFIGURATION = ROOT / "conf"
DOMAIN = "example.test"


@pytest.fixture(scope="session")
def sample():
    """The virtual host of messages.example.com, for a domain that a browser finds here."""
    return (CONFIGURATION / "messages.example.com.conf").read_text().replace("example.com", DOMAIN)


@pytest.fixture
def debian():
    """A server that has not been started, without the module."""
    return DebianServer()


@pytest.fixture
def installed(debian):
    """The same with the module, enabled."""
    debian.install()
    debian.run("a2enmod", "mercure")
    return debian
