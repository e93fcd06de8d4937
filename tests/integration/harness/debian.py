"""Debian's own Apache: its package's files below a directory that stands for `/`, its own a2enmod and apache2ctl.

Package apache2 itself would start a service; its programs and modules come with apache2-bin, which the other tests run.
"""
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from . import processes
from . import server as servers
from .environment import MODULE, PATIENCE, ROOT
from .errorlog import ErrorLog
from .waiting import await_until

PACKAGE = ROOT / "build" / "debian-apache2"

# What the package enables when it is installed, besides an MPM.
MODULES = ("authz_host auth_basic access_compat authn_file authz_user alias dir autoindex env mime negotiation "
           "setenvif filter deflate status reqtimeout").split()
CONFIGURATIONS = "charset localized-error-pages other-vhosts-access-log security serve-cgi-bin".split()

HOME_PAGE = "the default site\n"

_PATH = re.compile(r"(?<![\w.}])/(?:etc|usr|var)/[\w.-]+(?:/[\w.-]+)*")
# httpd says so on a machine that has no name of its own.
_NAMELESS = "AH00558: "


class Daemon:
    """httpd in the background, which is no child of this process."""

    def __init__(self, pid, mark):
        self.pid = pid
        self._mark = mark

    def poll(self):
        return None if self.pid in processes.carrying(servers._MARK, self._mark) else 0

    def wait(self, timeout=10.0):
        await_until(lambda: self.poll() is not None, timeout / PATIENCE, "httpd ends")
        return 0

    def send_signal(self, number):
        os.kill(self.pid, number)


class DebianServer(servers.Server):
    """As the package leaves it. `root` is where its `/` is."""

    def __init__(self, mpm="event", allow=()):
        super().__init__(mpm, allow=[_NAMELESS, *allow], threads=25)
        self.log = ErrorLog(self.root / "var/log/apache2/error.log")
        self._other_logs = {}

    @property
    def root(self) -> Path:
        return self.directory / "root"

    # Files.

    def _prepare(self):
        if not PACKAGE.is_dir():
            pytest.fail(f"{PACKAGE} is missing: scripts/test unpacks Debian's package apache2 there")
        super()._prepare()
        shutil.copytree(PACKAGE, self.root, symlinks=True)
        # What other packages, and the start of the machine, have made by then.
        for name in ("usr/lib/apache2/modules", "var/run", "var/lock"):
            (self.root / name).mkdir(parents=True)
        (self.root / "var/www/html/index.html").write_text(HOME_PAGE)
        self._environment.update(PATH=f"{self.root}/usr/sbin:{self._environment['PATH']}",
                                 APACHE_CONFDIR=f"{self.root}/etc/apache2",
                                 APACHE_STATE_DIRECTORY=f"{self.root}/var/lib/apache2",
                                 APACHE_STARTED_BY_SYSTEMD="true")
        self._adapt_variables()
        for path in self.path(".").rglob("*.conf"):
            path.write_text(self.adapted(path.read_text()))
        self.run("a2enmod", "--maintmode", "--quiet", f"mpm_{self.mpm}", *MODULES)
        self.path("conf-available/history.conf").write_text(
            f"<IfModule mercure_module>\nMercureHistory {self.root}/var/lib/apache2/mercure\n</IfModule>\n")
        self.run("a2enconf", "--maintmode", "--quiet", *CONFIGURATIONS, "history")
        self.run("a2ensite", "--quiet", "000-default")

    def _adapt_variables(self):
        path = self.path("envvars")
        text = path.read_text().replace("=/var/", f"={self.root}/var/")
        if os.geteuid() != 0:
            text = text.replace("USER=www-data", f"USER={self.root.owner()}")
            text = text.replace("GROUP=www-data", f"GROUP={self.root.group()}")
        path.write_text(text)

    def path(self, name) -> Path:
        """A file of /etc/apache2."""
        return self.root / "etc/apache2" / name

    def adapted(self, text) -> str:
        """Configuration for a whole machine: meant is what is there below the root, and ports are this server's."""
        def below(path):
            moved = self.root / path[0][1:]
            return str(moved) if moved.exists() else path[0]

        clear, tls, control = self.ports.clear, self.ports.tls, self.ports.control
        text = _PATH.sub(below, text)
        text = re.sub(r"Listen 80\b", f"Listen 127.0.0.1:{clear}\nListen 127.0.0.1:{control}", text)
        text = re.sub(r"Listen 443\b", f"Listen 127.0.0.1:{tls} https", text)
        return text.replace("*:80>", f"*:{clear}>").replace("*:443>", f"*:{tls}>")

    def add_site(self, name, text):
        self.path(f"sites-available/{name}.conf").write_text(self.adapted(text))
        self.run("a2ensite", name)

    def install(self, module=MODULE):
        """Runs scripts/install; what it says."""
        said = self.run(ROOT / "scripts/install", "--root", self.root, "--module", module)
        load = self.path("mods-available/mercure.load")
        load.write_text(self.adapted(load.read_text()))
        return said

    @property
    def module(self) -> Path:
        return self.root / "usr/lib/apache2/modules/mod_mercure.so"

    # Commands.

    def run(self, *command) -> str:
        """Runs a command that is to succeed; what it says."""
        ran = self.attempt(*command)
        assert ran.returncode == 0, ran.stdout
        return ran.stdout

    def attempt(self, *command):
        return subprocess.run([str(word) for word in command], env=self._environment, timeout=120 * PATIENCE, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def configtest(self):
        ran = self.attempt("apache2ctl", "configtest")
        return ran.returncode, ran.stdout

    # Life.

    def start(self):
        after = self.log.mark()
        self.run("apache2ctl", "start")
        if self not in servers.session.servers:
            servers.session.servers.append(self)
        pid_file = self.root / "var/run/apache2/apache2.pid"
        await_until(lambda: pid_file.exists() and pid_file.read_text().strip(), what="httpd's pid")
        self.process = Daemon(int(pid_file.read_text()), self.mark)
        self._await_service(after)

    def _reload(self, number, wait):
        after = self.log.mark()
        self.run("apache2ctl", {signal.SIGUSR1: "graceful", signal.SIGHUP: "restart"}[number])
        if wait:
            self._await_service(after)

    # Health.

    def messages(self) -> str:
        return self.log.text()

    def problems(self, allowed=()):
        """In the logs of virtual hosts too."""
        found = super().problems(allowed)
        for path in sorted(self.log.path.parent.glob("*error.log")):
            if path != self.log.path:
                log = self._other_logs.setdefault(path, ErrorLog(path))
                found += log.unexpected([*self.allow, *allowed])
        return found
