"""The hub's path is the hub's, and every other path the site's, whatever else the site does with URLs."""
import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import PATH, Hub, bearer
from harness.ports import free_port
from harness.server import Server

NOWHERE = free_port()
SITES = {
    "fallback": "FallbackResource /front.html\n",
    "rewrite": "RewriteEngine On\nRewriteRule ^ /front.html [L]\n",
    "htaccess": "",                       # a .htaccess as Symfony's does this one's
    "proxy": f"ProxyPass / http://127.0.0.1:{NOWHERE}/\n",
    "dotfiles": 'RedirectMatch 404 "/\\\\."\n',
    "dotdirs": '<DirectoryMatch "/\\\\.">\nRequire all denied\n</DirectoryMatch>\n<LocationMatch "^/\\\\.git">\nRequire all denied\n'
               "</LocationMatch>\n",
    "alias": 'Alias /.well-known "{directory}/htdocs/other"\n',
    "errors": "ErrorDocument 401 /front.html\nErrorDocument 404 /front.html\nErrorDocument 503 /front.html\n",
    "handler": "<Location />\nSetHandler server-status\n</Location>\n",
}
HTACCESS = "RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^ front.html [QSA,L]\n"
DENIED = "<Location /.well-known/mercure>\nRequire all denied\n</Location>\n"


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(f"{name}.example.test", HUB + directives) for name, directives in SITES.items()]
    sites += [Site("denied.example.test", HUB + DENIED),
              Site("moved.example.test", HUB + "Redirect permanent / https://moved.example.test/\n", tls=False),
              Site("certbot.example.test", HUB + "RewriteEngine On\nRewriteCond %{REQUEST_URI} !^/\\.well-known/acme-challenge/\n"
                   "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n", tls=False),
              Site("secured.example.test", HUB + "Redirect permanent / https://moved.example.test/\n"
                   "RewriteEngine On\nRewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n", clear=False),
              Site("basic.example.test", HUB + "<Location />\nAuthType Basic\nAuthName site\n"
                   "AuthUserFile {directory}/users\nRequire valid-user\n</Location>\n")]
    server = Server(mpm, modules=["rewrite", "proxy", "proxy_http", "auth_basic", "authn_core", "authn_file", "authz_user"],
                    sites=sites, allow=["AH01630: client denied", "AH01114|AH00957", "AH01614: client used wrong authentication scheme"])
    server.write("htdocs/front.html", "front page\n")
    server.write("htdocs/other/acme-challenge/token", "challenge\n")
    server.write("htdocs/.well-known/acme-challenge/token", "challenge\n")
    server.write("htdocs/sub/.htaccess", HTACCESS)
    # openssl passwd -apr1 -salt mercure secret
    server.write("users", "user:$apr1$mercure$g2RUj5Mr5d3aA.2vVQq2Q.\n")
    with server:
        yield server


@pytest.mark.parametrize("name", SITES)
def test_the_hub_answers_beside(server, tls, name):
    if name == "htaccess":
        server.write("htdocs/.htaccess", HTACCESS)
    try:
        hub = Hub(server, f"{name}.example.test", tls=tls)
        with hub.open("a") as stream:
            assert hub.publish("a") == stream.next_event().id
        refused = hub.post("topic=a")
        assert (refused.status, refused.body) == (401, b"Unauthorized\n")
        assert hub.request("GET", PATH + "/a%2Fb").body == b"Not Found\n"
    finally:
        (server.directory / "htdocs/.htaccess").unlink(missing_ok=True)


def test_certbots_challenge_stays_the_sites(server, tls):
    for name in ("errors", "alias", "dotdirs"):
        response = Hub(server, f"{name}.example.test", tls=tls).request("GET", "/.well-known/acme-challenge/token")
        assert response.status == (403 if name == "dotdirs" else 200)


def test_other_pages_stay_the_sites(server, tls):
    assert Hub(server, "rewrite.example.test", tls=tls).request("GET", "/any/where").text == "front page\n"
    assert Hub(server, "fallback.example.test", tls=tls).request("GET", "/any/where").text == "front page\n"
    assert Hub(server, "proxy.example.test", tls=tls).request("GET", "/").status == 503


def head_of_get(hub):
    with hub.connect() as connection:
        connection.send(hub.head(target="?topic=a", fields=bearer(tokens.subscriber())))
        return connection.read_head()


@pytest.mark.parametrize("name", ["moved", "certbot"])
def test_a_redirect_to_https_comes_before_a_clear_hub(server, name):
    """Else a token would go on travelling in clear."""
    hub = Hub(server, f"{name}.example.test")
    for head in (head_of_get(hub), hub.post("topic=a", tokens.publisher()).head):
        assert head.status == 301
        assert head.field("Location").startswith("https://")
        assert PATH in head.field("Location")


def test_under_tls_the_hub_always_claims(server):
    hub = Hub(server, "secured.example.test", tls=True)
    with hub.open("a") as stream:
        assert hub.publish("a") == stream.next_event().id


def test_access_rules_bind_the_hub(server, tls):
    hub = Hub(server, "denied.example.test", tls=tls)
    assert hub.get("a", tokens.subscriber()).status == 403
    assert hub.post("topic=a", tokens.publisher()).status == 403


BASIC = ("Authorization", "Basic dXNlcjpzZWNyZXQ=")


def test_ANY_13_a_password_that_httpd_asked_for_is_not_mercures(server, tls):
    hub = Hub(server, "basic.example.test", tls=tls)
    assert hub.post("topic=a", tokens.publisher()).status == 401
    assert hub.post("topic=a", fields=[BASIC]).status == 401
    cookie = ("Cookie", f"mercureAuthorization={tokens.publisher()}")
    assert hub.post("topic=a", fields=[BASIC, cookie, ("Origin", hub.origin)]).status == 200
    assert hub.post("topic=a", fields=[BASIC], target="?authorization=" + tokens.publisher()).status == 200


def test_two_hubs_of_one_server_share_nothing(server, tls):
    """ANY-48."""
    one, other = Hub(server, "rewrite.example.test", tls=tls), Hub(server, "alias.example.test", tls=tls)
    with one.open("*") as stream:
        other.publish("a")
        assert one.publish("a") == stream.next_event().id


def test_included_in_a_page_the_hub_takes_no_connection(mpm):
    """mod_include asks with a subrequest; the page's own connection must live on."""
    with Server(mpm, modules=["include"], sites=[Site(directives=HUB + "Options +Includes\nAddOutputFilter INCLUDES .shtml\n")],
                allow=["AH01373|AH01374|unable to include"]) as server:
        server.write("htdocs/page.shtml", '[<!--#include virtual="/.well-known/mercure" -->]\n')
        hub = Hub(server)
        response = hub.request("GET", "/page.shtml", bearer(tokens.subscriber("*")))
        assert response.status == 200 and response.complete
        assert server.status()[hub.site]["Streams"] == 0
