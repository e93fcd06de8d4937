"""What a Laravel application's broadcasting driver for protocol 1.0 does, with the default directives and an issuer.

Its pages bring one cookie, whose token lists each private channel of the user, and take all of them in one connection;
the application itself publishes over an address inside, with a token for the public one.
"""
import json

import pytest

from harness import tokens
from harness.generations import GenerationHub, receives, told
from harness.hub import query_of

CHANNELS = [f"private-orders.{number}" for number in range(30)]
LONGEST_FIELD = 8190  # of httpd, by default
INSIDE = ["127.0.0.1", "apache", "internal.example.net"]


@pytest.fixture
def hub(server):
    """The hub as the pages know it."""
    return GenerationHub(server, "any", "laravel.example.test", tls=True)


@pytest.fixture
def cookie(hub):
    details = [tokens.detail(channel, actions=["subscribe", "publish"], payload={"user": 7}) for channel in CHANNELS]
    value = f"__Secure-mercure_access_token={hub.token(*details, sub='7', client_id='laravel', iat=1, jti='x')}"
    assert len(value) < LONGEST_FIELD
    return ("Cookie", "XSRF-TOKEN=abc; laravel_session=def; " + value)


@pytest.fixture(params=INSIDE)
def inside(request, hub):
    """The same hub in clear, by a name that is none of its own."""
    internal = GenerationHub(hub.server, "any", request.param)
    assert internal.origin.startswith("http://")
    return internal


def page_query(channels=tuple(CHANNELS)):
    return "&".join("match=" + channel for channel in channels)


def origin_of(hub):
    return ("Origin", hub.origin)


def test_P1_AUTH_05_SUB_01_31_one_connection_takes_all_private_channels(hub, cookie):
    with hub.stream(page_query(), token="", fields=[cookie, origin_of(hub)]) as page:
        published = [hub.publish(channel, private="on") for channel in CHANNELS]
        hub.publish("private-orders.99", private="on")
        assert receives(page, *published, hub.publish(CHANNELS[0], private="on"))


def test_P1_AUTH_05_CSRF_01_PUB_30_the_page_publishes_from_the_browser(hub, cookie):
    event = json.dumps({"event": "client-typing", "data": {"name": "Ada"}})
    with hub.stream(page_query(), token="", fields=[cookie]) as page:
        body = query_of(CHANNELS[3], data=event, private="on", type="client-typing")
        answer = hub.post(body, fields=[cookie, origin_of(hub)])
        assert answer.status == 200
        received = page.next_event()
        assert (received.id, received.data, received.type) == (answer.text, event, "client-typing")


def test_P1_CSRF_01_ERR_08_another_sites_page_does_not(hub, cookie):
    body = query_of(CHANNELS[3], private="on")
    assert told(hub, hub.post(body, fields=[cookie, ("Origin", "https://evil.example")])) == "400 invalid_request"
    assert told(hub, hub.post(query_of("private-orders.99"), fields=[cookie, origin_of(hub)])) == "403 insufficient_scope"


def test_P1_ID_01_TOK_08_the_application_publishes_over_an_address_inside(hub, inside, cookie):
    token = hub.new_publisher("*")
    with hub.stream(page_query(), token="", fields=[cookie]) as page:
        published = [inside.publish(channels, json.dumps({"event": "OrderShipped"}), token, private="on")
                     for channels in (CHANNELS[0], CHANNELS[1:4], [CHANNELS[5], "private-orders.99"])]
        assert receives(page, *published)


def test_P1_ID_02_a_token_made_for_the_address_inside_is_none(hub, inside):
    assert told(hub, inside.post("topic=a", inside.new_publisher())) == "401 invalid_token"


def test_P1_REC_01_02_the_page_comes_back_and_misses_nothing(hub, inside, cookie):
    token = hub.new_publisher("*")
    ids = [inside.publish(channel, token=token, private="on") for channel in CHANNELS[:5]]
    with hub.stream(page_query(), token="", fields=[cookie, ("Last-Event-ID", ids[0])]) as page:
        assert page.head.field("Mercure-Last-Event-ID") == ids[0]
        assert receives(page, *ids[1:], inside.publish(CHANNELS[9], token=token, private="on"))


def test_P1_SUB_31_a_page_of_another_user_gets_none_of_it(hub, cookie):
    other = hub.token(tokens.detail("private-orders.99", actions=["subscribe"]))
    with hub.stream(page_query(), other) as stranger, hub.stream(page_query(), token="", fields=[cookie]) as page:
        secret = hub.publish(CHANNELS[0], private="on")
        public = hub.publish(CHANNELS[0])
        assert receives(page, secret, public) and receives(stranger, public)
