"""Which hub a token is made for, and how a hub describes itself (protocol-1.0 sections 1, 2 and 16)."""
import json

import pytest

from harness import tokens
from harness.generations import METADATA, MODES, GenerationHub, receives, told
from harness.hub import PATH, bearer

# No answer depends on the MPM; test_examples.py and test_laravel.py ask each of them.
pytestmark = pytest.mark.parametrize("mpm", ["event"], indirect=True, scope="module")

METADATA_PATH = METADATA + PATH
SECURITY = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "X-XSS-Protection": "1; mode=block",
            "Content-Security-Policy": "default-src 'self'"}
FOREIGN = "https://foreign.example.com" + PATH


def metadata_of(hub, path=None, fields=()):
    response = hub.request("GET", path or METADATA + hub.path, fields)
    assert response.status == 200, response
    return json.loads(response.text)


def check_audiences(hub, expected):
    """Which audiences a hub takes for its own."""
    found = {aud: told(hub, hub.post("topic=a", hub.new_publisher(aud=aud))).partition(" ")[0] for aud in expected}
    assert found == {aud: "200" if good else "401" for aud, good in expected.items()}


# The hub's identity.

def test_P1_ID_01_02_TOK_08_a_hub_is_known_by_its_names_and_ports(hub, server):
    clear, tls, name = server.ports.clear, server.ports.tls, hub.site
    check_audiences(hub, {
        hub.url: True, f"https://{name}:{tls}{PATH}": True, f"http://{name}:{clear}{PATH}": True, f"https://{name}{PATH}": True,
        f"http://{name}{PATH}": True,
        f"https://{name}:{tls}{PATH}/": False, f"https://{name}:{tls}": False, f"https://{name}:{tls}{PATH}?x": False,
        f"https://{name.upper()}:{tls}{PATH}": False, f"https://{name}:443{PATH}": False, f"https://{name}:1{PATH}": False,
        f"https://x@{name}:{tls}{PATH}": False, f"ftp://{name}{PATH}": False, f"https://{name}.{PATH}": False,
        f"https://{name}.evil.example{PATH}": False, f"https://evil.example/{name}{PATH}": False, FOREIGN: False, PATH: False,
        "": False, "*": False, f"https://*{PATH}": False, f"https://*.example.test{PATH}": False, f"https://[{PATH}": False,
    })


def test_P1_TOK_08_one_audience_of_several_suffices(hub):
    for audience, expected in (([FOREIGN, hub.url], "200"), ([FOREIGN], "401 invalid_token"), ([], "401 invalid_token"),
                               ([hub.url, 1], "401 invalid_token"), ({"a": hub.url}, "401 invalid_token")):
        assert told(hub, hub.post("topic=a", hub.new_publisher(aud=audience))) == expected


def test_P1_ID_02_a_token_made_for_one_host_is_refused_on_another(hub_of, site):
    one, family = hub_of("one"), site("family")
    assert told(family, family.ask(token=family.new_subscriber("*", aud=one.url))) == "401 invalid_token"
    assert told(one, one.ask(token=one.new_subscriber("*", aud=family.url))) == "401 invalid_token"


def test_P1_ID_01_aliases_are_names_too(site, server):
    hub, port = site("family"), server.ports.tls if site("family").tls else server.ports.clear
    cousin = site("cousin")
    check_audiences(hub, {hub.url: True, cousin.url: True, hub.url.replace("//", "//a."): True,
                          hub.url.replace("family", "stranger"): False, hub.url.replace(f":{port}", ":1"): False})
    with cousin.stream("match=a", hub.subscriber("*")) as stream:
        assert receives(stream, hub.publish("a", token=cousin.new_publisher()))
    assert metadata_of(cousin)["resource"] == cousin.url
    assert cousin.post("topic=a").field("WWW-Authenticate") == f'Bearer resource_metadata="{cousin.metadata_url}"'


def named(hub, host):
    """The hub, asked by another name than its own."""
    other = GenerationHub(hub.server, hub.mode, host, hub.tls)
    other.connection_options = {}
    return other


@pytest.mark.parametrize("host", ["foreign.example.com", "127.0.0.1", "internal"])
def test_P1_ID_05_PRM_02_a_host_field_that_names_another_hub_changes_nothing(site, host):
    own = site("laravel")
    stranger = named(own, host)
    canonical = f"https://{own.site}:{own.server.ports.tls}"
    challenge = f'Bearer error="invalid_token", resource_metadata="{canonical}{METADATA_PATH}"'
    assert stranger.post("topic=a", stranger.new_publisher()).field("WWW-Authenticate") == challenge
    assert stranger.post("topic=a", own.new_publisher()).status == 200, "the hub's own audience holds wherever it is asked"
    assert metadata_of(stranger)["resource"] == canonical + PATH


FORWARDED = [("X-Forwarded-Host", "foreign.example.com"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Port", "443"),
             ("Forwarded", "host=foreign.example.com;proto=https"), ("X-Original-Host", "foreign.example.com")]


def test_P1_ID_05_forwarded_fields_are_not_believed(hub, site):
    assert told(hub, hub.post("topic=a", hub.new_publisher(aud=FOREIGN), FORWARDED)) == "401 invalid_token"
    assert told(hub, hub.post("topic=a", fields=FORWARDED)) == "401 metadata"
    assert metadata_of(hub, fields=FORWARDED)["resource"] == hub.url
    assert site("listed").request("GET", METADATA_PATH, FORWARDED).status == 421


# MercureResourceIdentifier.

IDENTIFIER = "https://hub.example.com" + PATH


def test_P1_ID_01_PRM_02_10_MercureResourceIdentifier_is_the_only_audience(site):
    hub = site("named")
    check_audiences(hub, {IDENTIFIER: True, hub.url: False, IDENTIFIER + "/": False, "http" + IDENTIFIER[5:]: False})
    assert metadata_of(hub)["resource"] == IDENTIFIER
    challenge = f'Bearer resource_metadata="https://hub.example.com{METADATA_PATH}"'
    assert hub.post("topic=a").field("WWW-Authenticate") == challenge


def test_P1_PRM_01_10_the_metadata_is_where_the_identifier_says(fresh_server):
    """Whoever derives its place from the identifier, and compares the two, finds them right (RFC 9728, section 3.3)."""
    for identifier, place in (("https://hub.example.com/events", METADATA + "/events"), ("https://hub.example.com/", METADATA)):
        server = fresh_server(f"{MODES['one']}MercureResourceIdentifier {identifier}\n")
        with server:
            hub = GenerationHub(server, "any", "hub.example.test")
            challenge = f'Bearer resource_metadata="https://hub.example.com{place}"'
            assert hub.post("topic=a").field("WWW-Authenticate") == challenge
            assert metadata_of(hub, place)["resource"] == metadata_of(hub, METADATA_PATH)["resource"] == identifier


def test_P1_MAT_05_06_the_identifier_is_the_base_of_relative_patterns(site):
    hub = site("named")
    read, write = hub.new_subscriber("*", aud=IDENTIFIER), hub.new_publisher(aud=IDENTIFIER)
    with hub.stream("match_urlpattern=/books/:id", read) as stream:
        hub.publish("https://named.example.test/books/1", token=write)
        assert receives(stream, *(hub.publish(topic, token=write) for topic in ("https://hub.example.com/books/1", "/books/2")))


@pytest.mark.parametrize("tls", ["tls"], indirect=True)
def test_P1_ID_01_MAT_05_06_without_one_the_first_public_url_is(site):
    hub = site("listed", port=8443)
    with hub.stream("match_urlpattern=/books/:id") as stream:
        hub.publish("https://listed.example.test:8443/books/1")
        assert receives(stream, *(hub.publish(topic) for topic in ("https://hub.example.com/books/1", "/books/2")))


@pytest.mark.parametrize("tls", ["tls"], indirect=True)
def test_P1_ID_01_MAT_05_a_server_names_port_is_the_hubs(site):
    hub = site("forwarded", port=8443)
    with hub.stream("match_urlpattern=/books/:id") as stream:
        assert receives(stream, hub.publish("https://forwarded.example.test:8443/books/1"))


@pytest.mark.parametrize("text", ["hub", "/.well-known/mercure", "https:///x", "https://h/x#y", "https://h/x?y", "urn:x:y",
                                  "https://u:p@h/x", "https://H.example/x", "https://h.example:443/x", "ftp://h.example/x"])
def test_P1_ID_03_an_identifier_is_an_absolute_url_in_its_canonical_spelling(fresh_server, text):
    code, messages = fresh_server(f'Mercure On\nMercureAnonymous On\nMercureResourceIdentifier "{text}"').configtest()
    assert code != 0 and "MercureResourceIdentifier" in messages and "expected" in messages


@pytest.mark.parametrize("text", [IDENTIFIER, "http://hub.example.com" + PATH, "https://h.example:8443/x"])
def test_P1_ID_03_such_identifiers_are_fine(fresh_server, text):
    code, messages = fresh_server(f"Mercure On\nMercureAnonymous On\nMercureResourceIdentifier {text}").configtest()
    assert code == 0, messages


# MercurePublicURLs.

PREFLIGHT = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")]
ASKS = [lambda hub: hub.ask("match=a", hub.subscriber("*")), lambda hub: hub.post("topic=a", hub.new_publisher()),
        lambda hub: hub.post("topic=a"), lambda hub: hub.request("GET", METADATA_PATH), lambda hub: hub.request("HEAD"),
        lambda hub: hub.request("PUT"), lambda hub: hub.ask("match=a", hub.subscriber("*"), method="QUERY"),
        lambda hub: hub.request("OPTIONS", fields=PREFLIGHT)]


@pytest.mark.parametrize("ask", ASKS, ids=["GET", "POST", "no-token", "metadata", "HEAD", "PUT", "QUERY", "preflight"])
@pytest.mark.parametrize("port", [None, 443, 8442])
def test_P1_ID_04_ERR_07_09_MercurePublicURLs_a_request_for_another_origin_is_misdirected(site, ask, port):
    answer = ask(site("listed", port=port))
    assert answer.status == 421 and answer.field("WWW-Authenticate") is None


def test_P1_ID_04_ERR_10_a_misdirected_request_is_told_so(site):
    assert site("listed").request("GET").body == b"Misdirected Request\n"


def test_P1_ID_04_the_right_host_over_the_right_scheme_is_served(site, tls):
    hub = site("listed", port=8443)
    if not tls:
        assert hub.post("topic=a", hub.new_publisher()).status == 421, "the wrong scheme"
        return
    check_audiences(hub, {hub.url: True, IDENTIFIER: True, hub.url.replace("8443", str(hub.server.ports.tls)): False,
                          "http" + IDENTIFIER[5:]: False, FOREIGN: False})
    assert metadata_of(hub)["resource"] == hub.url
    assert told(hub, hub.post("topic=a")) == "401 metadata"


# The metadata.

def test_P1_PRM_01_to_07_09_what_the_hub_says_of_itself(hub):
    assert metadata_of(hub) == {
        "resource": hub.url, "bearer_methods_supported": ["header"],
        "authorization_details_types_supported": [tokens.DETAIL], "mercure_cookie": "__Secure-mercure_access_token",
        "mercure_matcher_types_supported": ["exact", "urlpattern"],
    }, "neither authorization servers nor subscriptions unless there are some"


def test_P1_PRM_03_only_issuers_that_are_marked_are_listed(site):
    assert metadata_of(site("advised"))["authorization_servers"] == [tokens.ISSUER]


def test_P1_PRM_08_DISC_06_ANY_40_it_needs_no_token_and_no_bad_one_matters(hub):
    for fields in ([], bearer("x"), bearer(hub.new_publisher(exp=1)), [("Authorization", "Token x")],
                   [("Cookie", "__Secure-mercure_access_token=x")]):
        response = hub.request("GET", METADATA_PATH, fields)
        assert response.status == 200 and response.field("Content-Type") == "application/json"
        assert {name: response.field(name) for name in SECURITY} == SECURITY
    head = hub.request("HEAD", METADATA_PATH)
    assert head.status == 200 and head.field("Content-Type") == "application/json" and not head.body


def test_P1_PRM_08_without_an_issuer_there_is_none(hub_of, site):
    for each in (hub_of("zero"), hub_of("plain"), site("nobody")):
        assert each.request("GET", METADATA_PATH).status == 404


@pytest.mark.parametrize("path", [METADATA, METADATA + "/", METADATA_PATH + "/", METADATA_PATH + "/x", METADATA + "/hub",
                                  METADATA_PATH.replace("mercure", "%6Dercure"), METADATA_PATH.replace("mercure", "Mercure"),
                                  PATH + METADATA])
def test_P1_PRM_01_DISC_04_no_other_path_has_it(hub, path):
    assert hub.request("GET", path).status == 404


def test_P1_PRM_01_a_query_makes_no_difference(hub):
    assert metadata_of(hub, METADATA_PATH + "?x=1")["resource"] == hub.url


def test_P1_PRM_08_CORS_04_pages_of_listed_origins_may_read_it(hub):
    response = hub.request("GET", METADATA_PATH, [("Origin", "https://app.example")])
    assert response.field("Access-Control-Allow-Origin") == "https://app.example"


# Paths and roles.

def test_P1_DISC_01_02_RSV_01_PRM_01_10_MercurePath_moves_everything(site):
    hub = site("moved", path="/hub")
    assert hub.url.endswith("/hub")
    with hub.stream("match=a") as stream:
        assert receives(stream, hub.publish("a"))
    assert told(hub, hub.post("topic=a", hub.new_publisher(aud=hub.origin + PATH))) == "401 invalid_token"
    assert told(hub, hub.post("topic=/hub/x", hub.new_publisher())) == "400"
    assert hub.post("topic=" + PATH, hub.new_publisher()).status == 200
    assert metadata_of(hub)["resource"] == hub.url
    assert hub.metadata_url.endswith(METADATA + "/hub") and told(hub, hub.post("topic=a")) == "401 metadata"
    assert hub.request("GET", METADATA_PATH).status == hub.request("GET", PATH).status == 404


def test_P1_MAT_05_relative_patterns_follow_the_path(site):
    hub = site("moved", path="/hub")
    with hub.stream("match_urlpattern=books/:id") as stream:
        hub.publish("/.well-known/books/1")
        assert receives(stream, hub.publish("/books/1"), hub.publish("books/2"))


@pytest.mark.parametrize("path", ["/.well-known/%6Dercure", "//.well-known/mercure", "/.well-known//mercure", PATH + "/",
                                  "/.well-known/Mercure", "/.well-known/mercureX", "/.well-known/./mercure", PATH + "/x"])
def test_P1_DISC_04_other_spellings_are_not_the_hub(hub, path):
    response = hub.request("GET", path + "?match=a", bearer(hub.subscriber("*")))
    assert response.status == 404 and "text/event-stream" not in (response.field("Content-Type") or "")
    assert hub.request("POST", path, bearer(hub.new_publisher())).status == 404


def test_P1_DISC_05_TOK_11_a_role_without_a_key_is_not_served(site):
    publishers, subscribers, anonymous = site("publishers"), site("subscribers"), site("nobody")
    assert publishers.post("topic=a", publishers.new_publisher()).status == 200
    refused = publishers.refused(token=publishers.subscriber("*"))
    assert refused.status == 405 and refused.field("Allow") == "POST"
    assert publishers.request("HEAD", "?match=a", bearer(publishers.subscriber("*"))).status == 405
    assert subscribers.ask(token=subscribers.subscriber("*")).status == 200
    assert anonymous.ask().status == 200, "whom nobody has to know needs no key"
    for each in (subscribers, anonymous):
        refused = each.post("topic=a", each.new_publisher())
        assert refused.status == 405 and refused.field("Allow") == "GET, HEAD, QUERY"


@pytest.mark.parametrize("ask", [
    lambda hub: hub.post("topic=a", hub.new_publisher()), lambda hub: hub.post("topic=a"),
    lambda hub: hub.post("", hub.new_publisher()), lambda hub: hub.post("topic=a", hub.new_publisher("b")),
    lambda hub: hub.request("PUT"), lambda hub: hub.request("GET", PATH + "/x"), lambda hub: hub.request("HEAD"),
    lambda hub: hub.ask("match=a", hub.subscriber("*")), lambda hub: hub.ask("match=a", hub.subscriber("*"), method="QUERY"),
    lambda hub: hub.request("POST", METADATA_PATH),
    lambda hub: hub.request("OPTIONS", fields=[("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")]),
], ids=["publish", "401", "400", "403", "405", "404", "head", "stream", "query", "metadata-405", "preflight"])
def test_P1_DISC_06_every_answer_carries_the_security_fields(hub, ask):
    answer = ask(hub)
    assert {name: answer.field(name) for name in SECURITY} == SECURITY


@pytest.mark.parametrize("ask", [
    lambda hub: hub.post("topic=a"), lambda hub: hub.post("topic=a", hub.new_publisher("b")),
    lambda hub: hub.post("topic=a", fields=[("Authorization", "x")]), lambda hub: hub.request("GET", PATH + "/x"),
], ids=["401", "403", "400", "404"])
def test_P1_DISC_07_ERR_10_errors_are_one_line_of_text(hub, ask):
    response = ask(hub)
    assert response.field("Content-Type") == "text/plain; charset=utf-8"
    assert response.body.count(b"\n") == 1 and response.body.endswith(b"\n") and b"<" not in response.body


def test_P1_DISC_09_10_no_stream_is_buffered(hub):
    with hub.stream("match=a") as stream:
        assert stream.head.field("Content-Encoding") is None and stream.head.field("Content-Length") is None
        assert stream.head.field("X-Accel-Buffering") == "no"
