"""httpd's own rules of access bind the hub as they bind any other path: who is kept out gets httpd's answer."""
import base64

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import PATH, Hub, bearer
from harness.server import Server

PASSWORD = "user:secret"
BASIC = ("Authorization", "Basic " + base64.b64encode(PASSWORD.encode()).decode())
BOTH_ROLES = tokens.sign({"mercure": {"publish": ["*"], "subscribe": ["*"]}})
COOKIE = ("Cookie", f"mercureAuthorization={BOTH_ROLES}")

STAGING = ('<Location />\nAuthType Basic\nAuthName staging\nAuthUserFile "{directory}/users"\nRequire valid-user\n'
           "</Location>\n"
           "<Location /.well-known/acme-challenge/>\nRequire all granted\n</Location>\n")
OPEN_TO_TOKENS = f"<Location {PATH}>\nRequire all granted\n</Location>\n"
# The page of a logged-in user, which brings the token in a cookie.
PAGE_COOKIE = f'Header set Set-Cookie "mercureAuthorization={BOTH_ROLES}; Path={PATH}; Secure; SameSite=Strict"\n'

INSIDE, OUTSIDE = ("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-For", "198.51.100.7")
PROXIED = "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n"
RULES = {
    "denied": "Require all denied\n",
    "inside": "Require ip 192.0.2.0/24\n",
    "local": "<Limit POST>\nRequire local\n</Limit>\n",
}
MODULES = ["auth_basic", "authn_core", "authn_file", "authz_user", "remoteip"]
SITES = {"staging": STAGING + PAGE_COOKIE, "tokens": STAGING + OPEN_TO_TOKENS + PAGE_COOKIE,
         **{name: PROXIED + f"<Location {PATH}>\n{rule}</Location>\n" for name, rule in RULES.items()}}

# mod_authz_core names whom it denies, mod_auth_basic who came with something else than a password.
ALLOWED = ["AH01630: client denied", "AH01614: client used wrong authentication scheme"]


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(f"{name}.example.test", HUB + rules) for name, rules in SITES.items()]
    server = Server(mpm, modules=MODULES, sites=sites, allow=ALLOWED)
    # openssl passwd -apr1 -salt mercure secret
    server.write("users", "user:$apr1$mercure$g2RUj5Mr5d3aA.2vVQq2Q.\n")
    server.write("htdocs/.well-known/acme-challenge/token", "challenge\n")
    with server:
        yield server


@pytest.fixture
def site(server, tls):
    return lambda name: Hub(server, f"{name}.example.test", tls=tls)


def check_httpds_answer(response, status):
    """Before the hub is reached the answers are httpd's pages, or the site's ErrorDocument."""
    assert response.status == status
    assert response.field("Content-Type").startswith("text/html")


@pytest.fixture(params=["staging", "tokens"])
def behind_password(site, request):
    """The hub asks for the site's password, or only the pages around it do: browsers send it to both."""
    return site(request.param)


def test_ANY_13_a_staging_sites_password_does_not_hide_the_cookie(behind_password):
    hub = behind_password
    with hub.open("a", token="", fields=[BASIC, COOKIE]) as stream:
        published = hub.post("topic=a", fields=[BASIC, COOKIE, ("Origin", hub.origin)])
        assert published.status == 200
        assert published.text == stream.next_event().id


def test_ANY_13_a_staging_sites_password_does_not_hide_the_parameter(behind_password):
    hub = behind_password
    with hub.open("a", token="", fields=[BASIC], authorization=BOTH_ROLES) as stream:
        published = hub.post("topic=a", fields=[BASIC], target="?authorization=" + BOTH_ROLES)
        assert published.text == stream.next_event().id


def test_ANY_13_a_password_alone_is_no_token(behind_password):
    hub = behind_password
    refused = hub.post("topic=a", fields=[BASIC])
    assert (refused.status, refused.text) == (401, "Unauthorized\n")
    assert hub.get("a", fields=[BASIC]).text == "Unauthorized\n"


def test_a_staging_site_asks_for_its_password_first(site):
    hub = site("staging")
    for response in (hub.post("topic=a", tokens.publisher()), hub.get("a", fields=[COOKIE])):
        check_httpds_answer(response, 401)
        assert response.field("WWW-Authenticate").startswith("Basic ")


def test_a_staging_site_may_open_its_hub_to_tokens(site):
    """Without that no publisher gets in with a token in its Authorization field, which holds but one thing."""
    hub = site("tokens")
    with hub.open("a") as stream:
        assert hub.publish("a") == stream.next_event().id
    assert hub.request("GET", "/").status == 401


def test_a_staging_site_leaves_certbots_challenge_open(site):
    hub = site("staging")
    assert hub.request("GET", "/").status == 401
    assert hub.request("GET", "/.well-known/acme-challenge/token").text == "challenge\n"


@pytest.mark.parametrize("name", ["staging", "tokens"])
def test_a_browser_on_a_staging_site(server, check_echo, name):
    """It sends the password of the page along with the cookie, unasked."""
    check_echo(f"https://{PASSWORD}@{name}.example.test:{server.ports.tls}/")
    server.await_status(f"{name}.example.test", Streams=0)


def test_require_all_denied_shuts_the_hub(site):
    hub = site("denied")
    check_httpds_answer(hub.get("a", tokens.subscriber()), 403)
    check_httpds_answer(hub.post("topic=a", tokens.publisher()), 403)


def test_require_ip_lets_in_the_inside_alone(site):
    """The address is the client's that mod_remoteip found."""
    hub = site("inside")
    with hub.open("a", fields=[INSIDE]) as stream:
        assert hub.post("topic=a", tokens.publisher(), [INSIDE]).text == stream.next_event().id
    for outside in ([OUTSIDE], []):
        check_httpds_answer(hub.get("a", tokens.subscriber(), outside), 403)
        check_httpds_answer(hub.post("topic=a", tokens.publisher(), outside), 403)


def test_limit_post_to_local_leaves_streams_to_all(site):
    hub = site("local")
    with hub.open("a", fields=[OUTSIDE]) as stream:
        check_httpds_answer(hub.post("topic=a", tokens.publisher(), [OUTSIDE]), 403)
        assert hub.post("topic=a", tokens.publisher()).text == stream.next_event().id
        assert len(stream.events) == 1
