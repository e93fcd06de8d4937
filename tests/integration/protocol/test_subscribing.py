"""Opening a subscription: its head, its first bytes, and which updates reach it (protocol-0x sections 5 and 6)."""
import pytest

from harness import tokens
from harness.hub import query_of

NOBODY = tokens.sign({})
BOOKS = "https://example.com/books/{id}"


def test_P0_SUB_08_09_the_head_of_a_stream(hub):
    with hub.open(BOOKS, NOBODY) as stream:
        head = stream.head
        assert head.status == 200
        assert head.fields("Content-Type") == ["text/event-stream"]
        assert head.fields("Cache-Control") == ["private, no-cache, no-store, must-revalidate, max-age=0, no-transform"]
        assert head.fields("Pragma") == ["no-cache"]
        assert head.fields("X-Accel-Buffering") == ["no"]
        assert head.fields("Transfer-Encoding") == ["chunked"]
        assert (head.field("Connection") or "keep-alive").lower() != "close"
        assert head.field("Expire") is None, "ANY-43"
        assert head.field("Last-Event-ID") is None, "P0-REC-06"
        assert head.field("Content-Length") is None and head.field("Content-Encoding") is None


def test_P0_SUB_10_a_comment_comes_with_the_head(hub):
    with hub.open(BOOKS, NOBODY) as stream:
        assert stream.raw == b":\n"


def test_P0_SUB_02_a_topic_is_needed(hub):
    response = hub.get((), tokens.subscriber("*"))
    assert response.status == 400
    assert "topic" in response.text and response.text.endswith("\n")


def test_P0_SUB_05_the_token_comes_before_the_topic(hub):
    assert hub.get(()).status == 401


def test_P0_SUB_03_an_empty_topic_is_one(hub):
    with hub.open("") as stream:
        assert stream.head.status == 200
        assert hub.publish("") == stream.next_event().id


def test_P0_SUB_04_LIM_01_at_most_a_thousand_selectors(hub):
    assert hub.get([f"t{n}" for n in range(1001)], NOBODY).status == 400
    hub.open([f"{n}" for n in range(1000)], NOBODY).close()


def test_MercureMaxSelectors(site):
    site("small").open(["a", "b"]).close()
    assert site("small").get(["a", "b", "c"], NOBODY).status == 400


def test_P0_SUB_07_unknown_parameters_are_ignored(hub, old):
    with hub.open("a", nonsense="%", Topic="b") as stream:
        assert hub.publish("b") and hub.publish("a") == stream.next_event().id
    with old.open("a", match="b", matchURLPattern="c", nonsense="%") as stream:
        assert old.publish("b") and old.publish("a") == stream.next_event().id


@pytest.mark.parametrize("query", ["?topic=a;b&topic=c%zz", "?;;&=&topic=c%zz", "?&&topic=c%zz&"])
def test_ANY_24_a_broken_query_is_read_as_browsers_do(hub, query):
    with hub.connect() as connection:
        connection.send(hub.head(target=query, fields=[("Authorization", f"Bearer {NOBODY}")]))
        with hub.opened(connection) as stream:
            published = hub.publish("c%zz")
            assert stream.next_event().id == published


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json", "nonsense"])
def test_P0_DISC_13_accept_is_not_looked_at(hub, accept):
    hub.open("a", NOBODY, fields=[("Accept", accept)]).close()


@pytest.mark.parametrize("selectors, topics, matches", [
    ("*", ["anything"], True),
    ("https://example.com/a", ["https://example.com/a"], True),
    ("https://example.com/a", ["https://example.com/A"], False),
    ("https://example.com/a", ["https://example.com/a/"], False),
    (BOOKS, ["https://example.com/books/1"], True),
    (BOOKS, ["https://example.com/books/"], True),
    (BOOKS, ["https://example.com/books/1/2"], False),
    (BOOKS, [BOOKS], True),
    ("/a{/b}{?c}", ["/a/x?d=1"], True),
    ("{+path}/end", ["https://example.com/x/end"], True),
    ("/x{#frag}", ["/x#y/z"], True),
    ("/books/{book-id}", ["/books/1"], False),
    ("/books/{book-id}", ["/books/{book-id}"], True),
    ("faulty{iri", ["faulty{iri"], True),
    (["no", "yes"], ["yes"], True),
    (["no"], ["x", "y", "no"], True),
    ("a b", ["a b"], True),
])
def test_P0_SUB_13_SEL_01_02_03_05_07_which_updates_match(hub, selectors, topics, matches):
    with hub.open(selectors, NOBODY) as stream, hub.open("urn:end", NOBODY) as end:
        published = hub.publish(topics)
        last = hub.publish(["urn:end", *([selectors] if isinstance(selectors, str) else selectors)])
        end.next_event()
        assert [stream.next_event().id] + ([stream.next_event().id] if matches else []) == \
            ([published] if matches else []) + [last]


def test_P0_EVT_06_ANY_32_an_update_comes_once_however_many_selectors_match(hub):
    with hub.open(["a", "*", "{x}", "a"]) as stream:
        first, second = hub.publish(["a", "b"]), hub.publish("a")
        assert [stream.next_event().id, stream.next_event().id] == [first, second]


def test_P0_PUB_07_SUB_14_private_updates_need_the_grant(hub):
    """Row 23 of the list's examples."""
    with hub.open(BOOKS, NOBODY) as nobody, hub.open(BOOKS, tokens.subscriber("https://example.com/books/1")) as entitled:
        first = hub.publish("https://example.com/books/1", private="")
        hub.publish("https://example.com/books/2", private="")
        public = hub.publish("https://example.com/books/2")
        assert nobody.next_event().id == public
        assert [entitled.next_event().id, entitled.next_event().id] == [first, public]


def test_P0_SUB_14_routed_by_one_topic_entitled_by_another(hub):
    """Row 24 of the list's examples."""
    with hub.open("https://example.com/z", tokens.subscriber("https://example.com/books/1")) as stream:
        published = hub.publish(["https://example.com/z", "https://example.com/books/1"], private="on")
        marker = hub.publish("https://example.com/z")
        assert [stream.next_event().id, stream.next_event().id] == [published, marker]


def test_P0_SUB_14_a_grant_alone_subscribes_to_nothing(hub):
    with hub.open("a", tokens.subscriber("*")) as stream:
        hub.publish("b", private="on")
        assert hub.publish("a") == stream.next_event().id


def test_P0_TOK_12_a_token_without_claims_gets_public_updates(hub):
    with hub.open("a", NOBODY) as stream:
        hub.publish("a", private="on")
        assert hub.publish("a") == stream.next_event().id


def test_P0_ANON_01_02_anonymous_is_off_by_default(hub):
    response = hub.get("a")
    assert (response.status, response.body) == (401, b"Unauthorized\n")
    assert response.field("WWW-Authenticate") == "Bearer"


def test_P0_ANON_03_anonymous_subscribers_get_public_updates_alone(site):
    hub = site("anonymous")
    with hub.open("a", token="") as stream:
        hub.publish("a", private="on")
        assert hub.publish("a") == stream.next_event().id


@pytest.mark.parametrize("token", [tokens.with_broken_signature(NOBODY), tokens.sign({"exp": 1})], ids=["bad", "expired"])
def test_P0_ANON_04_a_bad_token_does_not_fall_back_to_anonymous(site, token):
    assert site("anonymous").get("a", token).status == 401


def test_P0_ANON_05_without_a_key_tokens_are_not_looked_at(site):
    site("keyless").open("a", token=tokens.with_broken_signature(NOBODY)).close()


def test_P0_ANON_06_publishing_is_never_anonymous(site):
    assert site("anonymous").post("topic=a").status == 401


def test_hostile_selectors_are_answered(hub):
    for selector in ("{" * 2000, "{x}" * 2000, "{+x}{+x}{+x}{+x}{+x}{+x}" * 50 + "!", "{a*,b*,c*}" * 300, "\x00" * 500,
                     "%" * 4000):
        query = "?" + query_of(selector)
        with hub.connect() as connection:
            connection.send(hub.head(target=query, fields=[("Authorization", f"Bearer {NOBODY}")]))
            head = connection.read_head()
            assert head.status in (200, 400, 503), (selector, head.raw)


def test_ANY_23_a_topic_may_be_as_long_as_a_request_that_asks_for_it(hub):
    assert hub.post("topic=" + "a" * 32768, tokens.publisher()).status == 200
    assert hub.post("topic=" + "a" * 32769, tokens.publisher()).status == 400
