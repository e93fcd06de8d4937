"""Headless Chromium, which finds every *.example.test on loopback, and EventSources in the page that it shows."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from . import processes
from .environment import PATIENCE
from .waiting import await_until

QUIET = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
         "--disable-dev-shm-usage", "--disable-extensions", "--no-default-browser-check", "--no-proxy-server"]
# Connections in advance of any request hold httpd's workers, and the end of a child of mpm_event with them.
NOTHING_IN_ADVANCE = {"net.network_prediction_options": 2}
TIMEOUT = 60 * PATIENCE

# For the virtual host of a page: visitors get a token there, and bring it to every hub of the domain.
COOKIE = ('Header always set Set-Cookie "mercureAuthorization=%s; Domain=example.test; '
          'Path=/.well-known/mercure; Secure; HttpOnly; SameSite=Strict"\n')

FETCH = """
const [url, done] = arguments;
fetch(url, { cache: 'no-store' }).then(response => response.text()).then(done, error => done(String(error)));
"""
LISTEN = """
const source = new EventSource(arguments[0], { withCredentials: true });
const seen = { source, opens: 0, errors: [], updates: [] };
source.onopen = () => seen.opens++;
source.onerror = () => seen.errors.push(source.readyState);
source.onmessage = event => seen.updates.push(event.lastEventId);
window.listened = window.listened || [];
return listened.push(seen) - 1;
"""


class Browser:
    """One user, with a home and a profile in it; of certificates it trusts the authority's and no others."""

    def __init__(self, authority):
        self._home = Path(tempfile.mkdtemp(prefix="mercure-browser-"))
        self._trust(authority)
        options = Options()
        options.binary_location = shutil.which("chromium")
        for argument in [*QUIET, f"--user-data-dir={self._home}/profile",
                         "--host-resolver-rules=MAP *.example.test 127.0.0.1"]:
            options.add_argument(argument)
        options.add_experimental_option("prefs", NOTHING_IN_ADVANCE)
        service = Service(shutil.which("chromedriver"), env={**os.environ, "HOME": str(self._home)})
        self.driver = webdriver.Chrome(service=service, options=options)
        self.driver.set_page_load_timeout(TIMEOUT)
        self.driver.set_script_timeout(TIMEOUT)
        # A page's icon is asked for at a moment of its own, and the answer sets the site's cookie once more.
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/favicon.ico"]})

    def _trust(self, authority):
        """Chromium believes what the NSS database in its user's home trusts."""
        database = self._home / ".pki" / "nssdb"
        database.mkdir(parents=True)
        create = ["-N", "--empty-password"]
        add = ["-A", "-n", "tests", "-t", "C,,", "-i", str(authority.certificate)]
        for action in (create, add):
            subprocess.run(["certutil", "-d", f"sql:{database}", *action], timeout=TIMEOUT, check=True)

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        """Runs JavaScript in the page; what it returns."""
        return self.driver.execute_script(script, *arguments)

    def fetch(self, url) -> str:
        """The text that the page gets from a URL, or why it gets none."""
        return self.driver.execute_async_script(FETCH, url)

    def forget_cookies(self):
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def close(self):
        """Returns when its connections are closed: a child of mpm_prefork that is ended while mod_ssl closes one may
        crash, for the signal's handler closes it once more."""
        self.driver.quit()
        await_until(lambda: not processes.carrying("HOME", str(self._home)), what="the browser has ended")
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class EventSource:
    """One in the page that its browser shows, and what has happened to it."""

    def __init__(self, browser, url):
        self._browser = browser
        self._number = browser.run(LISTEN, url)

    def _of(self, expression):
        return self._browser.run(f"return listened[arguments[0]].{expression}", self._number)

    @property
    def opens(self) -> int:
        return self._of("opens")

    @property
    def errors(self):
        """The readyState at each error: 0 if the browser connects again by itself, 2 if it has given up."""
        return self._of("errors")

    @property
    def updates(self):
        """The ids of the updates that have come."""
        return self._of("updates")

    @property
    def is_open(self) -> bool:
        return self._of("source.readyState") == 1

    def close(self):
        self._of("source.close()")
