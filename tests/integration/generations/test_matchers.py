"""Subscribing with protocol 1.0: parameters, matchers and the stream (protocol-1.0 sections 7, 9 and 10)."""
import re
import time
import uuid
from urllib.parse import quote

import pytest

from harness import tokens
from harness.generations import pattern, receives, told
from harness.hub import query_of

# No answer depends on the MPM; test_examples.py and test_laravel.py ask each of them.
pytestmark = pytest.mark.parametrize("mpm", ["event"], indirect=True, scope="module")

BOOKS = "https://example.com/books/:id"
PROBLEM = "application/problem+json"


def check_matches(hub, query, topic, matches):
    """Whether an update of `topic` reaches who asks so."""
    with hub.stream(f"{query}&match=urn:end") as stream:
        published = hub.publish(topic)
        end = hub.publish("urn:end")
        assert receives(stream, *([published] if matches else []), end)


# Parameters.

@pytest.mark.parametrize("query", ["match=a", "match_exact=a", "match=x&match_exact=a", "match=a&match=a",
                                   f"match_urlpattern={BOOKS}&match=a", "match=x&match=y&match_urlpattern=a",
                                   "m%61tch=a", "&&match=a&", "nonsense=%&match=a"])
def test_P1_SUB_01_09_11_parameters_that_select(hub, query):
    with hub.stream(query) as stream:
        first = hub.publish("a")
        hub.publish("b")
        assert receives(stream, first, hub.publish("a"))


@pytest.mark.parametrize("name", ["Match", "MATCH", "matches", "match_exactly", "matchurlpattern", "match_regexp",
                                  "Match_Exact", "match_URLPattern", "match_", "match%20", "matchmaker", "match%00",
                                  "match_exact%5B%5D", "match%5B%5D"])
def test_P1_SUB_02_03_other_names_that_begin_so_are_refused(hub, name):
    response = hub.refused(f"match=a&{name}=b", hub.subscriber("*"))
    assert response.status == 400 and response.field("Content-Type") == PROBLEM
    assert response.field("WWW-Authenticate") is None, "P1-ERR-07"


@pytest.mark.parametrize("name", ["match", "match_exact", "match_urlpattern"])
@pytest.mark.parametrize("value", ["%FF", "a%00", "a%0A", "a%7F", "a%C2%85", "a%E2%80%8B", "%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9"],
                         ids=["no-utf8", "nul", "lf", "del", "c1", "cf", "zwj"])
def test_P1_SUB_04_values_without_control_and_format_characters(hub, name, value):
    assert hub.refused(f"{name}={value}", hub.subscriber("*")).status == 400


BAD_PATTERNS = ["{unclosed", "(", "(()", "https://[", ":a:a", "(?<x>a)", "(a", "(a(b))", "\\", "(\\p{nonsense})",
                "{a}{", "https://exa mple/"]


@pytest.mark.parametrize("text", BAD_PATTERNS)
def test_P1_SUB_05_MAT_12_a_bad_pattern_fails_the_request(hub, text):
    response = hub.refused("match_urlpattern=" + quote(text), hub.subscriber("*"))
    assert response.status == 400 and response.field("Content-Type") == PROBLEM
    for internal in ("re2", "RE2", "regex", ".cc", "0x", "std::", "parsing error"):
        assert internal not in response.text


@pytest.mark.parametrize("text", BAD_PATTERNS)
def test_P1_MAT_12_AD_06_a_bad_pattern_fails_the_token(hub, text):
    assert told(hub, hub.post("topic=a", hub.new_publisher("*", pattern(text)))) == "401 invalid_token"


@pytest.mark.parametrize("query", ["", "x=1", "last_event_id=earliest"])
def test_P1_SUB_06_at_least_one_matcher(hub, query):
    response = hub.refused(query, hub.subscriber("*"))
    assert response.status == 400 and "match" in response.text


@pytest.mark.parametrize("query, topic", [("match=a;b", "a;b"), ("match=%zz", "%zz"), ("match=a+b", "a b"), ("match=%", "%"),
                                          ("match=a=b", "a=b"), ("match=%C3%A9", "é")])
def test_P1_SUB_07_ANY_24_the_query_is_a_form_as_browsers_read_it(hub, query, topic):
    check_matches(hub, query, topic, True)


def test_P1_SUB_07_12_an_empty_matcher_matches_nothing(hub):
    for query in ("match", "match=", "match_exact="):
        check_matches(hub, query, "a", False)


def test_P1_SUB_08_LIM_01_at_most_a_hundred_of_4096_bytes_each(hub):
    hub.stream("&".join(f"match=m{n}" for n in range(100))).close()
    assert hub.refused("&".join(f"match=m{n}" for n in range(101)), hub.subscriber("*")).status == 400
    hub.stream("match=" + "m" * 4096).close()
    assert hub.refused("match=" + "m" * 4097, hub.subscriber("*")).status == 400
    assert hub.refused("match_urlpattern=" + "m" * 4097, hub.subscriber("*")).status == 400


def test_P1_SUB_08_MercureMaxMatchers_and_MercureMaxMatcherLength(site):
    hub = site("short")
    hub.stream("match=a&match_urlpattern=" + "b" * 16).close()
    assert "MercureMaxMatchers" in hub.refused("match=a&match=b&match_exact=c", hub.subscriber("*")).text
    assert "MercureMaxMatcherLength" in hub.refused("match=" + "b" * 17, hub.subscriber("*")).text


def test_P1_SUB_11_a_topic_is_answered_with_a_hint_by_1_0_alone(hub_of):
    one = hub_of("one")
    assert "match" in one.refused("topic=a", one.subscriber("*")).text
    assert one.refused("match=a", one.subscriber("*"), method="QUERY", body="topic=a").status == 400
    hub_of("any").stream("topic=a").close()


def test_P1_SUB_13_the_token_comes_before_the_matchers(hub):
    assert told(hub, hub.refused("matches=a")) == "401 metadata"
    assert told(hub, hub.refused("", hub.new_subscriber("*", exp=1))) == "401 invalid_token"


# The QUERY method.

@pytest.mark.parametrize("query, body", [("", "match=a"), ("match=b", "match=a"), ("match=a", ""), ("match=a", "match=b"),
                                         ("", "x=%zz&match_exact=a"), ("", f"match_urlpattern={BOOKS}&match=a"),
                                         ("", "match=a;matches=b&match=a")])
def test_P1_QRY_01_02_05_query_and_body_are_united(hub, query, body):
    with hub.stream(query, method="QUERY", body=body) as stream:
        assert stream.head.fields("Content-Type") == ["text/event-stream"]
        assert receives(stream, hub.publish("a"))


def test_P1_QRY_02_both_places_count(hub):
    with hub.stream("match=a", method="QUERY", body="match=b") as stream:
        assert receives(stream, hub.publish("a"), hub.publish("b"))


@pytest.mark.parametrize("body", ["matches=a", "match=%00", "match=%FF", "match_urlpattern=%7B", "match=" + "m" * 4097])
def test_P1_QRY_01_the_body_obeys_the_same_rules(hub, body):
    assert hub.refused("match=a", hub.subscriber("*"), method="QUERY", body=body).status == 400


def test_P1_QRY_01_an_empty_body_has_no_matcher_and_an_empty_value_is_one(hub):
    assert hub.refused("", hub.subscriber("*"), method="QUERY", body="").status == 400
    hub.stream("", method="QUERY", body="match").close()


@pytest.mark.parametrize("field, query, body, expected", [
    (None, 0, 1, 0), (None, None, 1, 1), (2, 0, 1, 2), (None, "", 1, 1), ("", 0, None, 0), (2, None, None, 2),
])
def test_P1_QRY_02_03_the_fields_cursor_wins_then_the_querys(hub, field, query, body, expected):
    topic = f"matchers/{uuid.uuid4()}"
    ids = [hub.publish(topic) for _ in range(4)]

    def cursor(place, name="last_event_id"):
        return "" if place is None else f"&{name}={ids[place] if isinstance(place, int) else place}"

    fields = [] if field is None else [("Last-Event-ID", ids[field] if field != "" else "")]
    with hub.stream("match=x" + cursor(query), fields=fields, method="QUERY", body=f"match={topic}" + cursor(body)) as stream:
        assert stream.head.field("Mercure-Last-Event-ID") == ids[expected]
        assert receives(stream, *ids[expected + 1:])


def test_P1_QRY_04_SUB_13_a_body_over_the_limit_is_413_before_the_token_is_looked_at(hub):
    small = hub.sister("small-")
    assert small.refused("match=a", None, method="QUERY", body="x" * 1025).status == 413
    assert small.ask("match=a", small.subscriber("*"), method="QUERY", body="x" * 1024).status == 200


@pytest.mark.parametrize("content_type, status", [
    ("application/x-www-form-urlencoded", 200), ("Application/X-WWW-Form-URLEncoded; charset=utf-8", 200),
    ("application/json", 415), ("text/plain", 415), ("form", 400), ("a/b/c", 400),
])
def test_P1_QRY_04_a_body_of_another_type_is_refused(hub, content_type, status):
    answer = hub.ask("match=a", hub.subscriber("*"), [("Content-Type", content_type)], "QUERY", "match=b")
    assert answer.status == status


def test_P1_QRY_04_a_query_may_come_without_a_body(hub):
    with hub.stream("match=a", method="QUERY") as stream:
        assert receives(stream, hub.publish("a"))


def test_P1_QRY_04_an_undeclared_body_is_not_guessed_at(hub):
    with hub.connect() as connection:
        fields = [("Authorization", "Bearer " + hub.subscriber("*")), ("Content-Length", 7)]
        connection.send(hub.head("QUERY", "?match=a", fields) + "match=b")
        assert connection.read_head().status == 415


def test_P1_QRY_05_a_cookie_needs_no_source_to_read(hub):
    cookie = ("Cookie", f"__Secure-mercure_access_token={hub.subscriber('*')}")
    for source in ([], [("Origin", "https://evil.example")]):
        assert hub.ask("", None, [cookie, *source], "QUERY", "match=a").status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_P1_QRY_06_another_methods_body_is_ignored(hub, method):
    assert hub.ask("match=a", hub.subscriber("*"), method=method, body="matches=x").status == 200
    assert hub.ask("", hub.subscriber("*"), method=method, body="match=a").status == 400


# The stream.

def test_P1_SUB_33_EVT_01_05_the_head_of_a_stream(hub):
    with hub.stream("match=a", hub.nobody) as stream:
        head = stream.head
        assert head.fields("Content-Type") == ["text/event-stream"]
        assert head.fields("Cache-Control") == ["private, no-cache, no-store, must-revalidate, max-age=0, no-transform"]
        assert head.fields("Pragma") == ["no-cache"] and head.fields("X-Accel-Buffering") == ["no"]
        assert head.field("Expire") is None, "ANY-43"
        assert (head.field("Connection") or "keep-alive").lower() != "close"
        assert head.field("Mercure-Last-Event-ID") is None and head.field("Last-Event-ID") is None
        assert stream.raw == b":\n"


def test_P1_SUB_30_one_topic_and_one_matcher_suffice(hub):
    with hub.stream(f"match=x&match_urlpattern={BOOKS}&match=b") as stream:
        first = hub.publish(["a", "b"])
        hub.publish(["a", "c"])
        assert receives(stream, first, hub.publish(["c", "https://example.com/books/1"]))


def test_P1_SUB_31_private_updates_need_a_grant_on_one_of_their_topics(hub):
    read = hub.new_subscriber("https://example.com/books/1")
    with hub.stream(f"match_urlpattern={BOOKS}", read) as stream, hub.stream(f"match_urlpattern={BOOKS}", hub.nobody) as nobody:
        hub.publish("https://example.com/books/2", private="on")
        by_alternate = hub.publish(["https://example.com/books/2", "https://example.com/books/1"], private="on")
        public = hub.publish("https://example.com/books/2")
        assert receives(stream, by_alternate, public) and receives(nobody, public)


def test_P1_SUB_31_AD_10_11_a_grant_alone_subscribes_to_nothing_and_a_matcher_grants_nothing(hub):
    with hub.stream("match=a", hub.subscriber("*")) as entitled, hub.stream("match=*", hub.subscriber("b")) as asking:
        hidden = hub.publish("b", private="on")
        hub.publish("a", private="on")
        last = hub.publish("a")
        assert receives(asking, hidden, last)
        entitled.read_until(lambda: len(entitled.events) == 2)
        assert hidden not in [event.id for event in entitled.events]


@pytest.mark.parametrize("details", [
    [], [("publish",)], [("archive",)],
], ids=["none", "publisher", "unknown-action"])
def test_P1_SUB_32_AD_02_04_a_token_without_subscribe_reads_what_is_public(hub, details):
    with hub.stream("match=a", hub.token(*(tokens.detail("*", actions=actions) for actions in details))) as stream:
        hub.publish("a", private="on")
        assert receives(stream, hub.publish("a"))


def test_P1_SUB_34_a_comment_keeps_a_quiet_stream_alive(site):
    with site("hasty").stream("match=a") as stream:
        stream.await_bytes(b":\n:\n", timeout=3)


def test_P1_SUB_38_no_client_chooses_its_subscriber_id(hub, server):
    mark, chosen = server.log.mark(), f"urn:uuid:{uuid.uuid4()}"
    for _ in range(2):
        hub.stream(f"match=a&subscriber={chosen}&id={chosen}", fields=[("Subscriber", chosen)]).close()
    pattern_of_end = rf"hub {hub.site}: stream of (\S+) ended"
    deadline = time.monotonic() + 10
    while len(found := server.log.matching(pattern_of_end, mark)) < 2 and time.monotonic() < deadline:
        hub.publish("a")  # a stream of HTTP/1 notices its client's leaving when it writes
    ids = {re.search(pattern_of_end, line)[1] for line in found}
    assert len(ids) == 2 and chosen not in ids
    random_id = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert all(re.fullmatch(random_id, each) for each in ids)


def test_ANY_32_P1_EVT_04_an_update_comes_once_however_many_matchers_it_meets(hub_of):
    hub = hub_of("any")
    everything = "match=a&match=a&match=*&match_urlpattern=*&match_exact=b&topic=a&topic={x}&topic=*&match_urlpattern=a"
    with hub.stream(everything) as stream:
        assert receives(stream, hub.publish(["a", "b"]), hub.publish("a"), hub.publish("b", private="on"))


# Matchers.

@pytest.mark.parametrize("name", ["match", "match_exact", "match_urlpattern"])
def test_P1_MAT_01_02_a_star_matches_every_topic(hub, name):
    with hub.stream(f"{name}=*") as stream:
        assert receives(stream, *(hub.publish(topic) for topic in ("a", "https://example.com/x", "http://[", "urn:x:y", "é")))


@pytest.mark.parametrize("match_type", [None, "exact", "urlpattern"])
def test_P1_MAT_02_a_star_in_a_token_grants_every_topic(hub, match_type):
    token = hub.new_publisher(tokens.matcher("*", match_type))
    assert hub.post("topic=a&topic=http://[&topic=urn:x:y", token).status == 200


@pytest.mark.parametrize("matcher, topic, matches", [
    ("https://example.com/a", "https://example.com/a", True),
    ("https://example.com/a", "https://EXAMPLE.com/a", False),
    ("https://example.com/a", "https://example.com/a/", False),
    ("https://example.com/a", "https://example.com/%61", False),
    ("https://example.com/{id}", "https://example.com/{id}", True),
    ("https://example.com/{id}", "https://example.com/1", False),
    ("https://example.com/:id", "https://example.com/1", False),
    ("é", "e\u0301", False), ("bücher", "bücher", True), ("a*", "ab", False),
    ("/.well-known/a", "a", False), ("a", "A", False),
])
def test_P1_MAT_01_03_exact_is_a_comparison_of_bytes(hub, matcher, topic, matches):
    check_matches(hub, "match=" + quote(matcher), topic, matches)


@pytest.mark.parametrize("text, topic, matches", [
    (BOOKS, "https://example.com/books/1", True),
    (BOOKS, "https://EXAMPLE.com/books/1", True),
    (BOOKS, "https://example.com/Books/1", False),
    (BOOKS, "https://example.com/books/1/2", False),
    (BOOKS, "https://example.com/books/", False),
    (BOOKS, "http://example.com/books/1", False),
    (BOOKS, "https://example.com/books/1?x=1#y", True),
    (BOOKS, "https://user:password@example.com/books/1", True),
    (BOOKS, "https://example.com:443/books/1", True),
    (BOOKS, "https://example.com:8443/books/1", False),
    ("https://example.com/(\\d+)", "https://example.com/12", True),
    ("https://example.com/(\\d+)", "https://example.com/a", False),
    ("https://*.example.com/{a/}?b", "https://x.example.com/b", True),
    ("https://*.example.com/{a/}?b", "https://x.example.com/a/b", True),
    ("https://example.com/*", "https://example.com/a/b/c", True),
    ("https://example.com/a?x=*", "https://example.com/a?x=1", True),
    ("https://b\u00fccher.example/*", "https://xn--bcher-kva.example/1", True),
    ("urn\\:isbn\\:*", "urn:isbn:123", True),
    ("urn\\:isbn\\:*", "urn:issn:123", False),
    ("data\\:foo*", "data:foobar", True),
])
def test_P1_MAT_01_04_09_ANY_47_patterns_are_those_of_the_standard(hub, text, topic, matches):
    check_matches(hub, "match_urlpattern=" + quote(text), topic, matches)


@pytest.mark.parametrize("text, topic, matches", [
    ("/books/:id", "/books/1", True), ("/books/:id", "{origin}/books/1", True),
    ("/books/:id", "https://example.com/books/1", False),
    ("{origin}/*", "bar", True), ("{origin}/.well-known/bar", "bar", True), ("bar", "{origin}/.well-known/bar", True),
    ("bar", "bar", True), ("*", "bar", True), ("/*", "urn:x:y", False),
])
def test_P1_MAT_05_06_10_relative_patterns_and_topics_are_read_against_the_hubs_url(hub, text, topic, matches):
    # Of its two origins a hub knows itself by the encrypted one.
    origin = f"https://{hub.site}:{hub.server.ports.tls}"
    text, topic = (each.replace("{origin}", origin) for each in (text, topic))
    check_matches(hub, "match_urlpattern=" + quote(text), topic, matches)


def test_P1_MAT_05_so_are_the_patterns_of_a_token(hub):
    own = f"https://{hub.site}:{hub.server.ports.tls}/books/1"
    token = hub.new_publisher(pattern("/books/:id"))
    answers = [told(hub, hub.post(query_of(topic), token)) for topic in ("/books/1", own, "https://example.com/books/1")]
    assert answers == ["200", "200", "403 insufficient_scope"]


@pytest.mark.parametrize("topic", ["http://[", "https://exa mple.com/", "https://h:99999/", "//["])
def test_P1_MAT_07_what_is_no_url_matches_no_pattern(hub, topic):
    with hub.stream(f"match_urlpattern=http*\\://*&match_urlpattern=/*&match={quote(topic)}") as exact, \
            hub.stream("match_urlpattern=http*\\://*&match_urlpattern=/*&match=urn:end") as patterns:
        published, end = hub.publish(topic), hub.publish("urn:end")
        assert receives(exact, published) and receives(patterns, end)


def test_P1_MAT_08_no_pattern_takes_more_than_linear_time(hub):
    begun = time.monotonic()
    with hub.stream("match=urn:end&match_urlpattern=" + quote("https://h/((?:a*)*b)")) as stream:
        hub.publish("https://h/" + "a" * 8000)
        assert receives(stream, hub.publish("urn:end"))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("text", ["{" * 2000, "(" * 2000, ":a" * 1000, "{:a}?" * 800, "(a*)*" * 500, "*" * 4000, "[" * 4000,
                                  "{(\\w{1,1000})}{1,1000}", "%" * 4000, "\\" * 4001, "//" * 2000, "\u00e9" * 2000,
                                  "({}" * 1000, "(.{1000}){1000}"], ids=range(14))
def test_P1_MAT_08_hostile_patterns_are_answered(hub, text):
    answer = hub.ask("match_urlpattern=" + quote(text), hub.subscriber("*"))
    assert answer.status in (200, 400, 503)
    assert hub.post("topic=https://h/" + "a" * 8000, hub.new_publisher()).status == 200
