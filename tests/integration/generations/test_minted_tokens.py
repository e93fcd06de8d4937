"""scripts/token makes tokens of protocol 1.0 that a hub takes."""
import subprocess

import pytest

from harness.environment import ROOT
from harness.generations import ISSUER_SECRET
from harness.tokens import ISSUER


def run(*options):
    command = [ROOT / "scripts" / "token", "--secret", ISSUER_SECRET, *options]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def mint(hub):
    def mint(*options):
        ran = run("--issuer", ISSUER, "--audience", hub.url, *options)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()
    return mint


@pytest.mark.parametrize("mpm", ["event"])
def test_topics_and_patterns_for_either_role(hub, mint):
    publisher = mint("--publish", "a", "--publish-pattern", "https://example.com/books/:id")
    reader = mint("--subscribe", "a", "--subscribe-pattern", "https://example.com/books/:id", "--expires-in", "60")
    with hub.stream("match=*", reader) as stream:
        for topic in ("a", "https://example.com/books/1"):
            published = hub.publish([topic], token=publisher, private="on")
            assert stream.next_event().id == published
    assert hub.post("topic=b", publisher).status == 403


@pytest.mark.parametrize("options, explanation", [
    ([], "a token without a right"),
    (["--issuer", ISSUER, "--audience", "https://a/b"], "a token without a right"),
    (["--publish", "a", "--subscribe-pattern", "/b"], "URL patterns are of protocol 1.0"),
    (["--publish", "a", "--issuer", ISSUER], "belong together"),
])
def test_a_token_of_no_use_is_not_made(options, explanation):
    ran = run(*options)
    assert ran.returncode == 2 and not ran.stdout and explanation in ran.stderr
