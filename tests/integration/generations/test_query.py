"""QUERY as curl sends it, and over HTTP/2."""
import subprocess

import pytest

from harness.configuration import MPMS, THREADED_MPMS, Site
from harness.generations import MODES, GenerationHub
from harness.h2 import Http2Client
from harness.hub import FORM, bearer
from harness.server import Server

FORM_FIELD = ("Content-Type", FORM)


def test_P1_QRY_01_02_05_curl(hub, server, authority):
    port = server.ports.tls if hub.tls else server.ports.clear
    command = ["curl", "--silent", "--show-error", "--no-buffer", "--resolve", f"{hub.site}:{port}:127.0.0.1", "--cacert",
               str(authority.certificate), "-X", "QUERY", "-H", "Authorization: Bearer " + hub.subscriber("*"), "-d", "match=a",
               "--data-urlencode", "match_urlpattern=https://example.com/:x", hub.url + "?match=b"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout.readline() == ":\n"
        for topic in ("a", "b", "https://example.com/1"):
            published = hub.publish(topic, data=topic)
            assert [curl.stdout.readline() for _ in range(3)] == [f"id: {published}\n", f"data: {topic}\n", "\n"]
        curl.kill()


def test_P1_REC_01_P1_QRY_03_the_field_wins_over_the_query_and_the_query_over_the_body(hub):
    first, second, third = (hub.publish("a") for _ in range(3))

    def told(query, body, *fields):
        return hub.ask(query, hub.subscriber("*"), fields, "QUERY", body).field("Mercure-Last-Event-ID")

    field = ("Last-Event-ID", first)
    assert told(f"match=a&last_event_id={second}", f"last_event_id={third}", field) == first
    assert told(f"match=a&last_event_id={second}", f"last_event_id={third}") == second
    assert told("match=a", f"last_event_id={third}") == third
    assert told("match=a", f"last_event_id={third}", field) == first


@pytest.mark.parametrize("mpm", MPMS)
def test_P1_DISC_03_it_is_a_method_that_httpd_knows(mpm):
    """Where it refuses others: hardened configurations do."""
    with Server(mpm, sites=[Site(directives=MODES["any"])], directives="HttpProtocolOptions RegisteredMethods\n") as server:
        hub = GenerationHub(server, "any", "hub.example.test")
        with hub.stream(None, method="QUERY", body="match=a") as stream:
            assert hub.publish("a") == stream.next_event().id
        assert hub.request("BREW").status == 501


def over_http2(test):
    """HTTP/2 is spoken over TLS, by threads."""
    threaded = pytest.mark.parametrize("mpm", THREADED_MPMS, indirect=True, scope="module")
    return threaded(pytest.mark.parametrize("tls", ["tls"], indirect=True, scope="module")(test))


@pytest.fixture
def hub_of_http2(server, tls):
    return GenerationHub(server, "any", "h2.example.test", tls)


@over_http2
def test_P1_QRY_01_02_DISC_10_over_http2(hub_of_http2):
    hub = hub_of_http2
    with Http2Client(hub) as client:
        stream = client.request("QUERY", "?match=b", [*bearer(hub.subscriber("*")), FORM_FIELD], b"match=a")
        client.read_until(lambda: stream.raw == b":\n")
        assert stream.status == 200
        published = [hub.publish("a"), hub.publish("b")]
        client.read_until(lambda: len(stream.events) == 2)
        assert [event.id for event in stream.events] == published
        client.reset(stream)


@over_http2
def test_P1_QRY_04_SUB_13_refusals_over_http2(hub_of_http2):
    hub = hub_of_http2
    with Http2Client(hub) as client:
        refused = client.exchange("QUERY", None, [FORM_FIELD], b"match=a")
        assert refused.status == 401 and refused.fields["www-authenticate"] == f'Bearer resource_metadata="{hub.metadata_url}"'
        assert client.exchange("QUERY", None, [*bearer(hub.subscriber("*")), FORM_FIELD], b"matches=a").status == 400


@over_http2
def test_P1_PUB_33_EVT_01_publishing_over_http2(hub_of_http2):
    hub = hub_of_http2
    with hub.stream("match=a") as stream, Http2Client(hub) as client:
        answer = client.exchange("POST", None, [*bearer(hub.new_publisher()), FORM_FIELD], b"topic=a&data=x&id=e1")
        assert (answer.status, answer.raw) == (200, b"e1")
        assert stream.next_event().id == "e1"


@over_http2
@pytest.mark.parametrize("length", [[("Content-Length", "100")], []], ids=["announced", "unknown"])
def test_ANY_51_a_body_over_http2_that_ends_early_is_never_dispatched(hub_of_http2, length):
    hub = hub_of_http2
    fields = [*bearer(hub.new_publisher()), FORM_FIELD]
    with hub.stream("match=a") as stream, Http2Client(hub) as client:
        for _ in range(20):
            half = client.request("POST", None, [*fields, *length, ("Expect", "100-continue")], later=True)
            client.read_until(lambda: half.is_wanted)
            client.send_body(half, b"topic=a&data=half&", ends=False)
            client.reset(half)
            client.exchange("POST", None, fields, b"topic=a&id=whole")
            assert stream.next_event().id == "whole"
