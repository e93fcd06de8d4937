"""Fixtures of the integration tests: a real httpd with the module, one per configuration and MPM.

After every test, and when a server ends, its error log may hold nothing that is not routine. A test that
causes more says so with `expect_log.allow(pattern)`, a server's configuration with `Server(allow=[…])`.
"""
import shutil

import pytest

from harness import server as servers
from harness.configuration import MPMS
from harness.environment import HTTPD


def pytest_configure(config):
    if shutil.which(HTTPD) is None:
        pytest.exit(f"{HTTPD} not found: install Debian's package apache2-bin", 3)
    servers.session = servers.Session()


def pytest_unconfigure(config):
    if servers.session:
        servers.session.end()


class ExpectedLines:
    def __init__(self):
        self.patterns = []

    def allow(self, *patterns):
        self.patterns += patterns


@pytest.fixture(autouse=True)
def expect_log():
    """Which unusual error-log lines the test causes on purpose."""
    expected = ExpectedLines()
    yield expected
    problems = [line for server in servers.session.servers for line in server.problems(expected.patterns)]
    assert not problems, "unexpected in the error log:\n" + "\n".join(problems)


@pytest.fixture(scope="session")
def authority():
    """The session's certificates."""
    return servers.session.authority


@pytest.fixture(scope="module", params=MPMS)
def mpm(request):
    """Each multi-processing module in turn."""
    return request.param


@pytest.fixture(scope="module", params=["clear", "tls"])
def tls(request):
    """In clear, then under TLS."""
    return request.param == "tls"
