"""Headless Chromium, which finds every *.example.test on loopback and trusts the session's server certificate only."""
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

QUIET = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
         "--disable-dev-shm-usage", "--disable-extensions", "--no-default-browser-check", "--no-proxy-server"]


class Browser:
    """One profile of its own, as one user has it."""

    def __init__(self, authority):
        self._profile = tempfile.mkdtemp(prefix="mercure-browser-")
        options = Options()
        options.binary_location = shutil.which("chromium")
        for argument in [*QUIET, f"--user-data-dir={self._profile}", "--host-resolver-rules=MAP *.example.test 127.0.0.1",
                         f"--ignore-certificate-errors-spki-list={authority.server.public_key_hash()}"]:
            options.add_argument(argument)
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_page_load_timeout(60)

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        """Runs JavaScript in the page; what it returns."""
        return self.driver.execute_script(script, *arguments)

    def forget_cookies(self):
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def close(self):
        self.driver.quit()
        shutil.rmtree(self._profile, ignore_errors=True)
