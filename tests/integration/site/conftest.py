"""A browser on a page of the hub's own site."""
import pytest

from harness.browser import Browser
from harness.hub import PATH
from harness.waiting import await_until

# The page listens, publishes as soon as it does, and tells what came of it.
ECHO = """
window.received = [];
window.failures = [];
window.source = new EventSource(location.origin + arguments[0] + '?topic=a');
const update = { method: 'POST', body: new URLSearchParams({ topic: 'a', data: 'hello' }) };
source.onopen = () => fetch(location.origin + arguments[0], update);
source.onerror = () => failures.push(source.readyState);
source.onmessage = event => received.push(event.data);
"""


@pytest.fixture
def browser(authority):
    with Browser(authority) as browser:
        yield browser


@pytest.fixture
def check_echo(browser):
    """Opens a page, which brings its token in a cookie, and sees it receive what it publishes."""
    def check(url):
        browser.open(url)
        browser.run(ECHO, PATH)
        await_until(lambda: browser.run("return received.length || failures.length"), 20, "the update arrives")
        assert (browser.run("return received"), browser.run("return failures")) == (["hello"], [])
        browser.run("source.close()")
    return check
