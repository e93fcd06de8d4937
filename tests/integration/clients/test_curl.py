"""curl, as a tutorial's reader would use it."""
import subprocess

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import PATH, Hub
from harness.server import Server

SITE = "hub.example.test"


@pytest.fixture(scope="module")
def server(mpm):
    h2 = ["http2"] if mpm != "prefork" else []
    protocols = "Protocols h2 h2c http/1.1\n" if h2 else ""
    with Server(mpm, modules=h2, sites=[Site(directives=HUB + protocols)]) as server:
        yield server


class Curl:
    """curl in the background, its output line by line."""

    def __init__(self, server, authority, tls, *options):
        port = server.ports.tls if tls else server.ports.clear
        url = f"{'https' if tls else 'http'}://{SITE}:{port}{PATH}"
        self.process = subprocess.Popen(
            ["curl", "--silent", "--show-error", "--no-buffer", "--resolve", f"{SITE}:{port}:127.0.0.1", "--cacert",
             str(authority.certificate), *[option.replace("URL", url) for option in options]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def line(self):
        return self.process.stdout.readline()

    def output(self):
        return self.process.communicate(timeout=20)[0]


@pytest.mark.parametrize("version", [["--http1.0", "--no-alpn"], ["--http1.1"], ["--http2"]], ids=" ".join)
def test_subscribing_and_publishing(server, authority, tls, version):
    """--http1.0 alone offers a protocol in ALPN that httpd answers with another, which curl does not take."""
    read = "Authorization: Bearer " + tokens.subscriber("*")
    write = "Authorization: Bearer " + tokens.publisher()
    with Curl(server, authority, tls, *version, "-H", read, "URL?topic=a") as subscriber:
        assert subscriber.line() == ":\n"
        published = Curl(server, authority, tls, *version, "-H", write, "-d", "topic=a", "-d", "data=hi", "-d", "id=e1", "URL")
        with published:
            assert published.output() == "e1"
        assert [subscriber.line() for _ in range(3)] == ["id: e1\n", "data: hi\n", "\n"]
    server.await_status(Streams=0, ThreadedStreams=0)


def test_what_curl_says_of_a_refusal(server, authority, tls):
    with Curl(server, authority, tls, "--fail-with-body", "-d", "topic=a", "URL") as curl:
        assert "Unauthorized\n" in curl.output()
        assert curl.process.returncode == 22


def test_a_large_form_from_curl(server, authority, tls, tmp_path):
    """Over 1 MiB of urlencoding curl asks with Expect: 100-continue first."""
    body = tmp_path / "body"
    body.write_text("topic=a&id=large&data=" + "x" * 1_000_000)
    write = "Authorization: Bearer " + tokens.publisher()
    hub = Hub(server, tls=tls)
    with hub.open("a") as stream:
        with Curl(server, authority, tls, "-H", write, "-H", "Expect: 100-continue", "--data-binary", f"@{body}", "URL") as curl:
            assert curl.output() == "large"
        assert len(stream.next_event().data) == 1_000_000
