"""The hub's path is the hub's, and every other path the site's, whatever else the site does with URLs.

Each test also shows that the site's own rule is at work, so that the hub is known to have escaped it."""
import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.hub import PATH, Hub, bearer
from harness.server import Server

# To the effect of what Symfony's recipe for Apache puts into a site's public directory.
FRONT_CONTROLLER = r"""DirectoryIndex index.php
Options +FollowSymLinks -MultiViews
RewriteEngine On
# Where this directory is in the site: what stands before the part that rules here see.
RewriteCond %{REQUEST_URI}|$0 ^(.*/)([^|]*)\|\2$
RewriteRule ^.*$ - [E=FRONT:%1]
# Programs see Authorization only if they are given it.
RewriteCond %{HTTP:Authorization} ^(.+)$
RewriteRule ^ - [E=HTTP_AUTHORIZATION:%1]
# One URL for each page.
RewriteCond %{THE_REQUEST} "^\S+ [^? ]*/index\.php[/? ]"
RewriteRule ^index\.php/?(.*)$ %{ENV:FRONT}$1 [R=301,L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ %{ENV:FRONT}index.php [L]
"""
ROOT = 'DocumentRoot "{directory}/htdocs/%s"\n'
FRONT = "front controller\n"

ACME = "/.well-known/acme-challenge/token"
CERTBOT = ("RewriteEngine On\nRewriteCond %{REQUEST_URI} !^/\\.well-known/acme-challenge/\n"
           "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]\n")
MOVED = "Redirect permanent / https://%s.example.test/\n"

# How sites keep visitors away from dot files, and what they answer then.
DOT_FILES = {
    "dots-redirect": ('RedirectMatch 404 "/\\."\n', 404),
    "dots-rewrite": ('RewriteEngine On\nRewriteRule "(^|/)\\." - [F]\n', 403),
    "dots-directory": ('<DirectoryMatch "/\\.">\nRequire all denied\n</DirectoryMatch>\n', 403),
    "dots-files": ('<FilesMatch "^\\.">\nRequire all denied\n</FilesMatch>\n', 403),
}

SITES = {
    "htaccess": ROOT % "symfony",
    "subdirectory": ROOT % "parent" + "MercurePath /application/hub\n",
    "rewrite": ROOT % "front" + "RewriteEngine On\nRewriteRule ^ /index.php [L]\n",
    "fallback": ROOT % "front" + "FallbackResource /index.php\n",
    "alias": 'Alias /.well-known/ "{directory}/htdocs/aliased/"\n',
    "on-disk": ROOT % "on-disk",
    "errors": "".join(f"ErrorDocument {status} /index.html\n" for status in (401, 404, 405)),
    "handler": "<Location />\nSetHandler server-status\n</Location>\n",
    **{name: ROOT % "dots" + rule for name, (rule, _) in DOT_FILES.items()},
}
# On the clear port; the same hub is on the other one too.
REDIRECTS = {"moved": MOVED % "moved", "certbot": CERTBOT}
FILES = {
    "symfony/.htaccess": FRONT_CONTROLLER, "symfony/index.php": FRONT,
    "parent/application/.htaccess": FRONT_CONTROLLER, "parent/application/index.php": FRONT,
    "front/index.php": FRONT,
    "aliased/acme-challenge/token": "challenge\n", "aliased/security.txt": "aliased\n",
    "on-disk/.well-known/mercure/index.html": "a file\n", "on-disk/.well-known/security.txt": "on disk\n",
    "on-disk/.well-known/acme-challenge/token": "challenge\n",
    "dots/.secret": "secret\n",
    ".well-known/acme-challenge/token": "challenge\n",
}


@pytest.fixture(scope="module")
def server(mpm):
    server = Server(mpm, modules=["rewrite", "proxy", "proxy_http"], allow=["AH01630: client denied"])
    # The first virtual host has no hub, and is what the proxy of another one reaches.
    proxy = f"ProxyPass / http://127.0.0.1:{server.ports.clear}/\n"
    sites = [Site("behind.example.test", "")]
    sites += [Site(f"{name}.example.test", HUB + rules) for name, rules in {**SITES, "proxy": proxy}.items()]
    sites += [Site(f"{name}.example.test", HUB + redirect, tls=False) for name, redirect in REDIRECTS.items()]
    sites += [Site(f"{name}.example.test", HUB, clear=False) for name in REDIRECTS]
    sites.append(Site("secured.example.test", HUB + MOVED % "elsewhere" + CERTBOT, clear=False))
    server.reconfigure(sites=sites)
    for name, text in FILES.items():
        server.write(f"htdocs/{name}", text)
    with server:
        yield server


@pytest.fixture
def site(server, tls):
    """Any of the sites, by the first word of its host."""
    return lambda name, **options: Hub(server, f"{name}.example.test", tls=tls, **options)


def check_hub(hub):
    """It streams and publishes, refuses in its own words, and what is below its path is its own too."""
    with hub.open("a") as stream:
        assert hub.publish("a") == stream.next_event().id
    refused = hub.post("topic=a")
    assert (refused.status, refused.text) == (401, "Unauthorized\n")
    below = hub.request("GET", hub.path + "/a%2Fb")
    assert (below.status, below.text) == (404, "Not Found\n")


def page(hub, path):
    return hub.request("GET", path).text


def test_symfonys_front_controller_in_htaccess(site):
    hub = site("htaccess")
    assert page(hub, "/") == page(hub, "/any/where") == page(hub, "/.well-known/other") == FRONT
    moved = hub.request("GET", "/index.php/any/where")
    assert (moved.status, moved.field("Location")) == (301, hub.origin + "/any/where")
    check_hub(hub)


def test_symfonys_front_controller_in_a_subdirectory(site):
    hub = site("subdirectory", path="/application/hub")
    assert page(hub, "/application/") == page(hub, "/application/any/where") == FRONT
    assert hub.request("GET", "/any/where").status == 404, "outside the application"
    check_hub(hub)


def test_a_virtual_hosts_rewrite_rule_to_index_php(site):
    hub = site("rewrite")
    assert page(hub, "/any/where") == FRONT
    check_hub(hub)


def test_fallback_resource(site):
    hub = site("fallback")
    assert page(hub, "/any/where") == FRONT
    check_hub(hub)


def test_proxy_pass_of_everything(site):
    hub = site("proxy")
    assert page(hub, "/") == "plain page\n"
    check_hub(hub)


def test_an_alias_of_well_known(site):
    hub = site("alias")
    assert page(hub, "/.well-known/security.txt") == "aliased\n"
    check_hub(hub)


def test_a_well_known_directory_on_disk(site):
    """With one of the hub's own name in it."""
    hub = site("on-disk")
    assert page(hub, "/.well-known/security.txt") == "on disk\n"
    check_hub(hub)


@pytest.mark.parametrize("name", DOT_FILES)
def test_a_rule_against_dot_files(site, name):
    hub = site(name)
    assert hub.request("GET", "/.secret").status == DOT_FILES[name][1]
    check_hub(hub)


def test_error_document_401(site):
    """The hub's answers are its own, and so are those of its other statuses."""
    hub = site("errors")
    assert page(hub, "/nowhere") == "plain page\n"
    check_hub(hub)
    assert hub.request("PUT").body == b""


def test_a_handler_for_everything(site):
    hub = site("handler")
    assert "Server Status" in page(hub, "/any/where")
    check_hub(hub)


def check_redirect(server, name):
    """A hub over clear text leaves its requests to the redirect; else tokens would go on travelling in clear."""
    hub = Hub(server, f"{name}.example.test")
    query = "?topic=a%2Fb"
    opening = hub.request("GET", query, bearer(tokens.subscriber()))
    for response in (opening, hub.post("topic=a", tokens.publisher(), target=query)):
        assert response.status == 301
        assert response.field("Location") == f"https://{hub.site}{PATH}{query}"
    check_hub(Hub(server, hub.site, tls=True))


def test_redirect_permanent_on_port_80(server):
    check_redirect(server, "moved")


def test_certbots_rewrite_redirect_on_port_80(server):
    check_redirect(server, "certbot")


def test_under_tls_the_hub_comes_before_every_redirect(server):
    hub = Hub(server, "secured.example.test", tls=True)
    assert hub.request("GET", "/any/where").status == 301
    check_hub(hub)


@pytest.mark.parametrize("name", ["alias", "on-disk", "errors", "certbot"])
def test_certbots_challenge_path(site, name):
    """Also where all else is redirected: the authority asks over clear text."""
    assert page(site(name), ACME) == "challenge\n"


def test_ANY_48_two_hubs_of_one_server_share_nothing(site):
    one, other = site("rewrite"), site("alias")
    with one.open("*") as stream:
        other.publish("a")
        assert one.publish("a") == stream.next_event().id


def test_included_in_a_page_the_hub_takes_no_connection(mpm):
    """mod_include asks with a subrequest; the page's own connection must live on."""
    includes = HUB + "Options +Includes\nAddOutputFilter INCLUDES .shtml\n"
    with Server(mpm, modules=["include"], sites=[Site(directives=includes)],
                allow=["AH01373|AH01374|unable to include"]) as server:
        server.write("htdocs/page.shtml", '[<!--#include virtual="/.well-known/mercure" -->]\n')
        hub = Hub(server)
        response = hub.request("GET", "/page.shtml", bearer(tokens.subscriber("*")))
        assert response.status == 200 and response.complete
        assert server.status()[hub.site]["Streams"] == 0
