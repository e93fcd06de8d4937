"""PHP and other programs of the site beside streams, in the very process that keeps them."""
import re

import pytest

from harness import processes
from harness.configuration import HUB, Site
from harness.environment import PHP_RUNS
from harness.hub import Hub
from harness.server import Server

needs_php = pytest.mark.skipif(not PHP_RUNS, reason="needs libapache2-mod-php, and no sanitizer")

PROGRAMS = ('<FilesMatch "\\.php$">\nSetHandler application/x-httpd-php\n</FilesMatch>\n'
            '<Directory "{directory}/htdocs">\nAddHandler cgi-script .cgi\n</Directory>\n')
# Descriptors of a program that the page starts.
PAGES = {
    "popen.php": "<?php echo stream_get_contents(popen('ls -l /proc/self/fd', 'r'));",
    "shell_exec.php": "<?php echo shell_exec('ls -l /proc/self/fd');",
    "program.cgi": "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec ls -l /proc/self/fd\n",
}


def start(mpm, module, limits="", allow=(), **settings):
    """One child does everything."""
    server = Server(mpm, modules=[module], children=1, sites=[Site(directives=HUB + limits + PROGRAMS)],
                    allow=allow, **settings)
    for name, text in PAGES.items():
        server.write(f"htdocs/{name}", text, mode=0o755)
    return server


def check_inherits_none(server, page, tls):
    """A program that outlived its page would keep clients' connections open, and could write into them."""
    hub = Hub(server, tls=tls)
    with hub.open("a") as one, hub.open("a") as other, hub.connect() as asking:
        listing = hub.request("GET", f"/{page}", connection=asking).text
        inherited = {int(number): target for number, target in re.findall(r" (\d+) -> (\S+)", listing)}
        assert 1 in inherited, "the program ran"
        assert not [target for number, target in inherited.items() if number > 2 and not target.startswith("/")]
        clients = [one.connection, other.connection, asking]
        sockets = {f"socket:[{processes.server_socket(*client.ports())}]" for client in clients}
        assert len(sockets) == 3 and not sockets & set(inherited.values())
        assert len({server.owner_of(client)[0] for client in clients}) == 1, "streams and page have one process"
        assert hub.publish("a", connection=asking) == one.next_event().id == other.next_event().id


@pytest.mark.parametrize("page", [pytest.param(page, marks=needs_php) for page in ("popen.php", "shell_exec.php")])
def test_programs_of_php_inherit_no_clients_socket(tls, page):
    with start("prefork", "php8.2") as server:
        check_inherits_none(server, page, tls)


def test_programs_of_mod_cgi_inherit_no_clients_socket(tls):
    with start("prefork", "cgi") as server:
        check_inherits_none(server, "program.cgi", tls)


def test_programs_of_mod_cgid_inherit_no_clients_socket(tls):
    """A child of httpd's parent starts them."""
    with start("event", "cgid", directives="ScriptSock cgid\n") as server:
        check_inherits_none(server, "program.cgi", tls)


# Each may take one second of its process's time; the first takes next to none, in three seconds.
WAITING = "<?php set_time_limit(1); $end = time() + 4; while (time() < $end) usleep(1000); echo 'whole';"
WORKING = "<?php set_time_limit(1); while (true); echo 'whole';"


@pytest.mark.parametrize("mpm", [pytest.param("prefork", marks=needs_php)])
def test_an_idle_dispatcher_eats_no_max_execution_time(mpm):
    """PHP's timer counts the processor time of all threads of its process."""
    ended = r"\[php:error\].*Maximum execution time of 1 second"
    with start(mpm, "php8.2", "MercureHeartbeat 1s\n", [ended]) as server:
        server.write("htdocs/waiting.php", WAITING)
        server.write("htdocs/working.php", WORKING)
        hub = Hub(server)
        streams = [each.open("a") for each in (hub, Hub(server, tls=True)) for _ in range(25)]
        server.await_status(Streams=50, ThreadedStreams=0)
        assert hub.request("GET", "/waiting.php").text == "whole"
        assert "whole" not in hub.request("GET", "/working.php").text, "the limit is at work"
        for stream in streams:
            stream.close()
