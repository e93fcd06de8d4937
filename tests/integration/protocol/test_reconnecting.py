"""Clients that come back: what they missed is sent first, and nothing twice."""
import json
import time
import uuid

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import Hub
from harness.server import Server

OLD, NEW = "Last-Event-ID", "Mercure-Last-Event-ID"


@pytest.fixture
def topic():
    """The hub's history holds other tests' updates too."""
    return f"reconnecting/{uuid.uuid4()}"


@pytest.fixture
def ids(hub, topic):
    """Three updates that have been published."""
    return [hub.publish(topic, data=str(number)) for number in range(3)]


def fresh():
    return f"urn:uuid:{uuid.uuid4()}"


def check_stream(stream, hub, topic, *replayed):
    """These come first, and then what is published now; its id."""
    live = hub.publish(topic)
    stream.read_until(lambda: len(stream.events) > len(replayed))
    assert stream.holds_only(*replayed, live)
    return live


def asked(cursor, way):
    """What `Hub.open` takes for a cursor in one of its spellings."""
    return {"fields": [(OLD, cursor)]} if way == OLD else {way: cursor}


WAYS = [OLD, "lastEventID", "last_event_id"]


@pytest.mark.parametrize("way", WAYS)
def test_P0_REC_01_03_P1_REC_01_02_what_came_after_a_known_update_is_sent_first(hub, topic, ids, way):
    with hub.open(topic, **asked(ids[0], way)) as stream:
        assert stream.head.field(OLD) == ids[0]
        check_stream(stream, hub, topic, *ids[1:])


@pytest.mark.parametrize("way", WAYS)
def test_P0_REC_04_07_P1_REC_04_earliest_gives_everything(hub, topic, ids, way):
    with hub.open(topic, **asked("earliest", way)) as stream:
        assert stream.head.field(OLD) == "earliest"
        check_stream(stream, hub, topic, *ids)


@pytest.mark.parametrize("way", WAYS)
def test_P0_REC_08_P1_REC_09_an_unknown_update_gives_nothing_of_the_past(hub, topic, ids, way):
    with hub.open(topic, **asked(fresh(), way)) as stream:
        assert stream.head.field(OLD) == "earliest"
        check_stream(stream, hub, topic)


@pytest.mark.parametrize("field, new, old, expected", [
    (0, 1, 2, 0), ("", 1, 2, 1), (None, 1, 2, 1), ("", "", 2, 2), (None, None, 2, 2), (0, 1, None, 0),
])
def test_P0_REC_01_02_ANY_04_the_first_cursor_that_is_not_empty_counts(hub, topic, ids, field, new, old, expected):
    def text(cursor):
        return ids[cursor] if isinstance(cursor, int) else cursor

    fields = [] if field is None else [(OLD, text(field))]
    parameters = {name: text(cursor) for name, cursor in (("last_event_id", new), ("lastEventID", old)) if cursor is not None}
    with hub.open(topic, fields=fields, **parameters) as stream:
        assert stream.head.field(OLD) == ids[expected]
        check_stream(stream, hub, topic, *ids[expected + 1:])


@pytest.mark.parametrize("fields, parameters, old, new", [
    ([], {}, None, None),
    ([(OLD, "x")], {}, "earliest", "earliest"),
    ([(OLD, "")], {}, None, "earliest"),
    ([], {"lastEventID": "x"}, "earliest", None),
    ([], {"lastEventID": ""}, None, None),
    ([], {"last_event_id": "x"}, "earliest", "earliest"),
    ([], {"last_event_id": ""}, None, "earliest"),
    ([(OLD, "x")], {"lastEventID": "y"}, "earliest", None),
    ([(OLD, "x")], {"last_event_id": "y"}, "earliest", "earliest"),
])
def test_ANY_04_P0_REC_06_P1_REC_06_07_each_generation_is_answered_in_its_field(hub, topic, fields, parameters, old, new):
    with hub.open(topic, fields=fields, **parameters) as stream:
        assert (stream.head.field(OLD), stream.head.field(NEW)) == (old, new)


def test_P0_REC_05_P1_REC_02_03_rights_are_checked_once_more(hub, topic):
    first = hub.publish(topic)
    secret = hub.publish(topic, private="on")
    public = hub.publish(topic)
    with hub.open(topic, tokens.subscriber(topic), lastEventID=first) as stream:
        last = check_stream(stream, hub, topic, secret, public)
    with hub.open(topic, tokens.subscriber("other"), lastEventID=first) as stream:
        check_stream(stream, hub, topic, public, last)


def test_P0_REC_07_P1_REC_08_15_the_cursor_may_be_an_update_that_the_subscriber_never_saw(hub, topic):
    secret = hub.publish(topic, private="on")
    elsewhere = hub.publish("reconnecting/elsewhere")
    public = [hub.publish(topic)]
    for cursor in (secret, elsewhere):
        with hub.open(topic, tokens.subscriber("other"), lastEventID=cursor) as stream:
            assert stream.head.field(OLD) == cursor
            public.append(check_stream(stream, hub, topic, *public))


def test_P0_REC_09_P1_REC_09_an_unknown_cursor_discloses_no_private_update(hub, topic):
    secret = hub.publish(topic, private="on")
    with hub.open(topic, tokens.subscriber("other"), last_event_id=fresh()) as stream:
        assert secret not in stream.head.raw.decode()


def test_P0_REC_11_P1_REC_05_an_id_that_came_twice_means_the_first(hub, topic):
    twice = fresh()
    hub.publish(topic, id=twice)
    between = hub.publish(topic)
    hub.publish(topic, id=twice)
    with hub.open(topic, lastEventID=twice) as stream:
        check_stream(stream, hub, topic, between, twice)


def test_P0_REC_14_only_what_is_asked_for_is_replayed(hub, topic):
    start = hub.publish(topic)
    hub.publish(f"{topic}/other")
    wanted = [hub.publish([topic, f"{topic}/other"]), hub.publish(topic)]
    with hub.open([topic, f"{topic}/{{none}}/x"], lastEventID=start) as stream:
        check_stream(stream, hub, topic, *wanted)


def test_a_head_request_tells_whether_the_cursor_is_known(hub, topic, ids):
    target = f"?topic={topic}&lastEventID={ids[0]}"
    answer = hub.request("HEAD", target, [("Authorization", f"Bearer {tokens.subscriber('*')}")])
    assert (answer.status, answer.field(OLD)) == (200, ids[0])


HOSTILE = ["\xff\xfe", "é" * 1000, "x" * 8000, "%00", "%0d%0aX: y", "#", "'\"<>", "urn:uuid:", "0", "-1", "EARLIEST", "*"]


@pytest.mark.parametrize("cursor", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_cursors_are_unknown_ones(hub, topic, cursor):
    for options in ({"fields": [(OLD, cursor)]}, {"lastEventID": cursor}, {"last_event_id": cursor}):
        with hub.open(topic, **options) as stream:
            assert stream.head.field(OLD) == "earliest"
            check_stream(stream, hub, topic)


NOTICES = HUB + "MercureAnonymous On\nMercureStreamNotices On\n"


@pytest.fixture(scope="module")
def telling():
    """A hub that says in its streams what browsers cannot read in its fields."""
    with Server("event", sites=[Site(directives=NOTICES)]) as server:
        yield Hub(server)


def test_a_gap_is_told_in_the_stream(telling, topic):
    known = telling.publish(topic)
    with telling.open(topic, lastEventID=fresh()) as stream:
        notice = stream.next_event()
        assert (notice.type, notice.id, notice.data) == ("mercure-notice", None, '{"notice":"gap"}')
    for cursor in (known, "earliest", ""):
        with telling.open(topic, lastEventID=cursor) as stream:
            live = telling.publish(topic)
            stream.read_until(lambda: live in [event.id for event in stream.events])
            assert "mercure-notice" not in [event.type for event in stream.events]


def test_who_came_without_a_token_is_told(telling, topic):
    with telling.open(topic, token="") as stream:
        notice = stream.next_event()
        assert (notice.type, notice.id, notice.data) == ("mercure-notice", None, '{"notice":"anonymous"}')


def test_the_tokens_end_is_told_beforehand(telling, topic):
    with telling.open(topic, tokens.subscriber("*", exp=int(time.time()) + 6)) as stream:
        notice = stream.next_event(timeout=10)
        assert (notice.type, notice.id) == ("mercure-notice", None)
        told = json.loads(notice.data)
        assert told.pop("notice") == "expires" and 0 < told.pop("seconds") <= 2 and not told
        stream.await_end()
        assert len(stream.events) == 1


def test_nothing_is_told_unless_it_is_wanted(hub, topic):
    with hub.open(topic, lastEventID=fresh()) as stream:
        check_stream(stream, hub, topic)
