"""How a publish request's body arrives (ANY-46, ANY-51), and bodies that mean harm."""
import pytest

from harness import tokens
from harness.hub import FORM, Witness, bearer, query_of

ALL = tokens.publisher()
FORM_FIELDS = [("Content-Type", FORM), *bearer(ALL)]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def start(hub, *fields):
    connection = hub.connect()
    connection.send(hub.head("POST", fields=[*FORM_FIELDS, *fields]))
    return connection


def test_chunked_bodies_are_read_whole(hub, witness):
    with start(hub, ("Transfer-Encoding", "chunked")) as connection:
        for piece in (b"top", b"ic=a&da", b"ta=1"):
            connection.send(chunk(piece))
        connection.send(b"0\r\n\r\n")
        assert connection.read_response("POST").status == 200
    assert [event.data for event in witness.sees()] == ["1"]


def test_ANY_51_a_body_shorter_than_its_length_is_never_dispatched(hub, witness):
    with start(hub, ("Content-Length", "100")) as connection:
        connection.send("topic=a&data=half&")
        connection.end_sending() if not hub.tls else connection.close()
        if not hub.tls:
            connection.receive()
    assert not witness.sees()


@pytest.mark.parametrize("sent", [b"", b"3\r\npri", chunk(b"&")], ids=["no-last-chunk", "within-a-chunk", "after-a-chunk"])
def test_ANY_51_a_chunked_body_without_its_last_chunk_is_never_dispatched(hub, witness, sent):
    with start(hub, ("Transfer-Encoding", "chunked")) as connection:
        connection.send(chunk(b"topic=a&data=half") + sent)
        connection.end_sending() if not hub.tls else connection.close()
        if not hub.tls:
            connection.receive()
    assert not witness.sees()


def test_ANY_51_a_body_that_stops_coming_is_never_dispatched(site):
    hub = site("hurried")
    with Witness(hub) as witness, start(hub, ("Content-Length", "100")) as connection:
        connection.send("topic=a&data=half&")
        assert connection.read_response("POST").status == 408
        assert not witness.sees()


def test_ANY_51_trailers_carry_neither_fields_nor_tokens(hub, witness):
    with hub.connect() as connection:
        connection.send(hub.head("POST", fields=[("Content-Type", FORM), ("Transfer-Encoding", "chunked")]))
        connection.send(chunk(b"topic=a") + f"0\r\nAuthorization: Bearer {ALL}\r\n\r\n".encode())
        assert connection.read_response("POST").status == 401
    with start(hub, ("Transfer-Encoding", "chunked")) as connection:
        connection.send(chunk(b"data=x") + b"0\r\ntopic: a\r\nContent-Type: text/plain\r\n\r\n")
        assert connection.read_response("POST").status == 400
    assert not witness.sees()


@pytest.mark.parametrize("size, status", [(1024, 200), (1025, 413)])
def test_ANY_46_a_body_over_the_limit_is_413(site, size, status):
    hub = site("small")
    body = "topic=a&data=" + "x" * (size - len("topic=a&data="))
    response = hub.post(body, ALL)
    assert response.status == status
    if status == 413:
        assert "1024" in response.text


def test_ANY_46_a_chunked_body_over_the_limit_is_413_before_its_end(site):
    with start(site("small"), ("Transfer-Encoding", "chunked")) as connection:
        connection.send(chunk(b"topic=a&data=" + b"x" * 5000))
        assert connection.read_response("POST").status == 413


def test_a_body_of_a_mebibyte_goes_through_and_one_more_byte_does_not(hub, witness):
    fitting = "topic=a&data=" + "x" * (2 ** 20 - len("topic=a&data="))
    assert hub.post(fitting, ALL).status == 200
    assert [len(event.data) for event in witness.sees()] == [2 ** 20 - len("topic=a&data=")]
    assert hub.post(fitting + "x", ALL).status == 413


def test_ANY_46_an_update_of_line_ends_alone_grows_and_arrives(hub, witness):
    """Each line end becomes seven bytes on the wire."""
    ends = 2 ** 20 - len("topic=a&data=")
    assert hub.post(b"topic=a&data=" + b"\n" * ends, ALL).status == 200
    assert [event.data for event in witness.sees()] == ["\n" * ends]


def test_expect_100_continue_is_met_before_the_body_is_sent(hub):
    body = query_of("a", data="later")
    with start(hub, ("Expect", "100-continue"), ("Content-Length", len(body))) as connection:
        assert connection.read_head().status == 100
        connection.send(body)
        assert connection.read_response("POST").status == 200


def test_a_refused_expect_need_not_send_its_body(hub):
    with hub.connect() as connection:
        connection.send(hub.head("POST", fields=[("Content-Type", FORM), ("Expect", "100-continue"), ("Content-Length", 7)]))
        assert connection.read_response("POST").status == 401


def test_several_publishes_on_one_connection(hub, witness):
    with hub.connect() as connection:
        ids = [hub.publish("a", data=str(n), connection=connection) for n in range(5)]
    assert [event.id for event in witness.sees()] == ids


def test_pipelined_publishes_keep_their_order(hub, witness):
    body = b"topic=a&data=%d"
    head = hub.head("POST", fields=[*FORM_FIELDS, ("Content-Length", len(body % 1))]).encode()
    with hub.connect() as connection:
        connection.send(b"".join(head + body % n for n in range(5)))
        assert [connection.read_response("POST").status for _ in range(5)] == [200] * 5
    assert [event.data for event in witness.sees()] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("raw", [
    b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    b"Transfer-Encoding: gzip\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: 5, 6\r\n\r\nabcde",
    b"Content-Length: 99999999999999999999\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nxyz\r\n",
], ids=["chunk-size", "huge-chunk", "coding", "negative", "list", "huge", "both"])
def test_hostile_framing_is_refused_and_harms_nobody(hub, witness, raw):
    with hub.connect() as connection:
        head = hub.head("POST", fields=FORM_FIELDS).encode()[:-2]
        connection.send(head + raw)
        response = connection.read_response("POST")
        assert response.status in (400, 411, 413, 501)
    assert not witness.sees()


@pytest.mark.parametrize("body", [
    b"topic=a&" + b"&" * 100000,
    b"topic=a&" + b"=" * 100000,
    b"topic=a&" + b"%" * 100000,
    b"topic=a&" + b"%F0%9F" * 30000,
    b"topic=a&x" * 50000,
    bytes(range(256)) * 400,
], ids=["ampersands", "equals", "percents", "torn-utf8", "many-fields", "every-byte"])
def test_hostile_forms_are_answered(hub, body):
    assert hub.post(body, ALL).status in (200, 400)
    assert hub.post("topic=a", ALL).status == 200
