"""The example sites of tests/examples on real httpd, with mod_php under mpm_prefork, and their users."""
import base64
import json
import os
import shutil
from urllib.parse import urlencode

from . import server as servers
from .environment import ROOT
from .hub import FORM, Hub
from .ports import HOST
from .server import Server

DOMAIN = "example.test"
SITE = f"www.{DOMAIN}"
NOBODY_LISTENS = "127.0.0.2"
# What PHP logs of a hub that is away, or refuses.
NOT_TAKEN = r"\[php:notice\] .*The hub did not take an update: "

# What Debian's mod_php brings along in a file of its own, and a machine has in /etc/ssl and /etc/hosts.
_PHP = """<FilesMatch "\\.php$">
SetHandler application/x-httpd-php
</FilesMatch>
php_admin_value curl.cainfo "{authority}"
php_admin_value session.save_path "{sessions}"
SetEnv MERCURE_HUB_ADDRESS {hub_address}
"""


class Example(Server):
    """httpd with the virtual hosts of an example: `Example("notifications/httpd.conf", {"publisher.key": …})`.

    keys         secrets by file name, which the folder KEYS gets
    hub_address  where PHP looks for the hub
    directives   in server context
    """

    def __init__(self, virtual_hosts, keys, php=True, hub_address=HOST, directives="", **settings):
        modules = ["ssl", "socache_shmcb", *(["php8.2"] if php else [])]
        children = {"children": 16} if php else {}
        super().__init__("prefork" if php else "event", sites=(), modules=modules, **children, **settings)
        self.origin = f"https://{SITE}:{self.ports.tls}"
        self._lay_out(keys)
        self._definitions = self._places()
        self._before = f"Listen {HOST}:{self.ports.tls} https\nSSLSessionCache shmcb:run/tls(512000)\n{directives}\n"
        if php:
            self._before += _PHP.format(authority=servers.session.authority.certificate,
                                        sessions=self.directory / "sessions", hub_address=hub_address)
        self._include = f'Include "{self.directory}/examples/{virtual_hosts}"\n'
        self.define()

    def define(self, **values):
        """What else stands in ${…} in the virtual hosts; before the start."""
        self._definitions.update(values)
        lines = [f'Define {name} "{value}"\n' for name, value in self._definitions.items()]
        self.reconfigure(directives=self._before + "".join(lines) + self._include)

    def _lay_out(self, keys):
        """A copy of the examples, since httpd's children need not be able to read this tree, and the site's folders."""
        copy = self.directory / "examples"
        shutil.copytree(ROOT / "tests" / "examples", copy)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        for name, secret in keys.items():
            _give(self.write(f"keys/{name}", secret, mode=0o640))
        for name in ("data", "sessions"):
            (self.directory / name).mkdir()
            _give(self.directory / name)

    def _places(self):
        certificate = servers.session.authority.server
        return {"DOMAIN": DOMAIN, "PORT": self.ports.tls, "EXAMPLES": self.directory / "examples",
                "KEYS": self.directory / "keys", "DATA": self.directory / "data",
                "CERTIFICATE": certificate.certificate, "CERTIFICATE_KEY": certificate.key}

    def requests(self, path):
        """How often a path of the site has been asked for."""
        return sum(line.startswith(SITE) and f" /{path}" in line for line in self.access_log())


def _give(path):
    """To the user that PHP runs as."""
    if os.geteuid() == 0:
        shutil.chown(path, "www-data", "www-data")


class User:
    """Somebody who is logged in at an example's site, without a browser; nobody with the number 0."""

    def __init__(self, example, number):
        self.number = number
        self._site = Hub(example, SITE, tls=True)
        answer = self._site.request("GET", f"/?user={number}")
        assert answer.status == 200, answer
        cookies = [field.partition(";")[0] for field in answer.fields("Set-Cookie")]
        self._cookie = [("Cookie", "; ".join(cookies))]

    def get(self, path):
        return self._site.request("GET", f"/{path}", self._cookie)

    def post(self, path, **form):
        return self._site.request("POST", f"/{path}", [*self._cookie, ("Content-Type", FORM)], urlencode(form))

    def create(self, path, **form):
        """Posts what is to be taken; what the site has made of it."""
        answer = self.post(path, **form)
        assert answer.status in (200, 201), answer
        return json.loads(answer.text)


def claims_of(token):
    """What a JWT says, its signature left unchecked."""
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
