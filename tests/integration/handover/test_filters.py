"""Streams beside the modules that sit between a handler and its client."""
import re

import pytest

from harness import tokens
from harness.configuration import HUB, Site
from harness.environment import PHP_RUNS
from harness.hub import Hub, bearer, query_of
from harness.server import Server
from harness.waiting import await_until

READ = tokens.subscriber("*")

BEHIND = {
    "deflate": (["deflate", "filter"], "SetOutputFilter DEFLATE\n"),
    "brotli": (["brotli", "filter"], "SetOutputFilter BROTLI_COMPRESS\n"),
    "ext_filter": (["ext_filter"], 'ExtFilterDefine upper mode=output cmd="/usr/bin/tr a-z A-Z"\nSetOutputFilter upper\n'),
    "substitute": (["substitute"], 'SetOutputFilter SUBSTITUTE\nSubstitute "s/a/b/"\n'),
    "buffer": (["buffer"], "SetOutputFilter BUFFER\n"),
    "sed": (["sed"], '<Location />\nSetOutputFilter Sed\nOutputSed "s/a/b/"\n</Location>\n'),
    "include": (["include"], "<Location />\nOptions +Includes\nSetOutputFilter INCLUDES\n</Location>\n"),
    "ratelimit": (["ratelimit"], "SetOutputFilter RATE_LIMIT\nSetEnv rate-limit 1\n"),
    "expires": (["expires"], "ExpiresActive On\nExpiresDefault now\n"),
    "security2": (["security2", "unique_id"],
                  "SecRuleEngine On\nSecRequestBodyAccess On\nSecResponseBodyAccess On\n"
                  "SecResponseBodyMimeType text/event-stream text/plain text/html\n"
                  'SecRule RESPONSE_BODY "never-in-any-body" "id:1,phase:4,deny"\n'),
    "reqtimeout": (["reqtimeout"], ""),   # per port, so that it stands outside the virtual hosts
    "headers": (["headers"], "Header always set X-Seen yes\nHeader set X-Also yes\n"),
    "cache": (["cache", "cache_disk"], "CacheEnable disk /\nCacheRoot {directory}/run\nCacheQuickHandler Off\n"),
}


@pytest.fixture(scope="module")
def server(mpm):
    modules = sorted({module for names, _ in BEHIND.values() for module in names} - {"headers"})
    sites = [Site(f"{name.replace('_', '-')}.example.test", HUB + directives) for name, (_, directives) in BEHIND.items()]
    # mod_security2 needs its own data directory, and says at its start what it was built with.
    with Server(mpm, modules=modules, sites=sites, allow=["ModSecurity"],
                directives="SecDataDir run\nRequestReadTimeout header=2-3,MinRate=500 body=2,MinRate=500\n") as server:
        yield server


@pytest.fixture(params=BEHIND)
def hub(server, request, tls):
    return Hub(server, f"{request.param.replace('_', '-')}.example.test", tls=tls)


ACCEPTS_ALL = [("Accept-Encoding", "gzip, deflate, br")]


def test_a_stream_starts_at_once_and_stays_as_it_is(hub, server):
    with hub.open("a", fields=ACCEPTS_ALL) as stream:
        assert stream.head.field("Content-Encoding") is None
        assert server.await_status(hub.site, Streams=1)["ThreadedStreams"] == 0
        for number in range(3):
            hub.publish("a", data=f"aaa <!--#echo --> {number}", id=f"a{number}")
            event = stream.next_event()
            assert (event.id, event.data) == (f"a{number}", f"aaa <!--#echo --> {number}")
    server.await_status(hub.site, Streams=0, TLSStreams=0)


def test_publishing_goes_through(hub):
    assert hub.post("topic=a&data=x&id=plain", tokens.publisher(), ACCEPTS_ALL).status == 200


def test_what_these_modules_do_to_heads_still_happens(server, tls):
    with Hub(server, "headers.example.test", tls=tls).open("a") as stream:
        assert stream.head.field("X-Seen") == stream.head.field("X-Also") == "yes"
    with Hub(server, "expires.example.test", tls=tls).open("a") as stream:
        assert stream.head.field("Expires")


def test_plain_pages_still_pass_the_filters(server, tls):
    """So that the streams' tests prove something."""
    hub = Hub(server, "ext-filter.example.test", tls=tls)
    assert hub.request("GET", "/").text == "PLAIN PAGE\n"
    server.write("htdocs/long.html", "a" * 10_000)
    hub = Hub(server, "deflate.example.test", tls=tls)
    assert hub.request("GET", "/long.html", ACCEPTS_ALL).field("Content-Encoding") == "gzip"


def test_reqtimeout_does_not_end_a_stream(server, tls):
    """Its timeouts are about requests; a stream is older than any of them soon."""
    hub = Hub(server, "reqtimeout.example.test", tls=tls)
    with hub.open("a") as stream, hub.connect() as idle:
        idle.send("GET / HTTP/1.1\r\n")
        while idle.receive():
            pass  # a connection without a whole request is closed by then
        assert hub.publish("a") == stream.next_event().id


def test_logio_counts_the_bytes_of_the_head(server, tls):
    """%O is mod_logio's; the line stands when the stream opens."""
    hub = Hub(server, "headers.example.test", tls=tls)
    with hub.open("logged"):
        line = await_until(lambda: next((line for line in server.access_log() if "topic=logged" in line), None))
        assert re.search(r' 200 X [1-9]\d+$', line), line


def test_mod_security_still_guards_the_hub(server, tls):
    hub = Hub(server, "security2.example.test", tls=tls)
    assert hub.post("topic=a&data=fine", tokens.publisher()).status == 200


def test_behind_the_proxy_protocol(mpm, tls):
    """mod_remoteip takes the client's address from the connection's first line."""
    with Server(mpm, modules=["remoteip"], sites=[Site(directives=HUB + "RemoteIPProxyProtocol On\n")],
                allow=["AH03492"]) as server:
        hub = Hub(server, tls=tls, preface=b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 443\r\n")
        with hub.open("from-afar") as stream:
            assert server.await_status(Streams=1)["ThreadedStreams"] == 0
            assert hub.publish("from-afar") == stream.next_event().id
            line = await_until(lambda: next((line for line in server.access_log() if "from-afar" in line), None))
            assert " 192.0.2.7 " in line
        hub.get("a")
        assert "192.0.2.7" in server.log.await_line(r"\[mercure:info\].*refused with 401")


def test_the_access_log_tells_streams_apart(mpm, tls):
    with Server(mpm, directives='LogFormat "%U %X %{MERCURE_STREAM}e" kinds\n',
                sites=[Site(directives=HUB + 'CustomLog "{directory}/kinds.log" kinds\n')]) as server:
        hub = Hub(server, tls=tls)
        kinds = server.directory / "kinds.log"
        hub.post("topic=a")
        with hub.open("a"):
            await_until(lambda: kinds.exists() and "/.well-known/mercure X handed-over\n" in kinds.read_text())
        assert "/.well-known/mercure + -\n" in kinds.read_text()


def test_cgi_programs_inherit_no_stream(mpm, tls):
    """A program that inherited a stream's socket would keep the client's connection open."""
    cgi = "cgi" if mpm == "prefork" else "cgid"
    directives = HUB + "<Directory {directory}/htdocs>\nOptions +ExecCGI\nAddHandler cgi-script .cgi\n</Directory>\n"
    with Server(mpm, modules=[cgi], sites=[Site(directives=directives)],
                directives="ScriptSock cgid\n" if cgi == "cgid" else "") as server:
        script = '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\nls -l /proc/self/fd\n'
        server.write("htdocs/descriptors.cgi", script, mode=0o755)
        hub = Hub(server, tls=tls)
        with hub.open("a"), hub.open("a"):
            listed = hub.request("GET", "/descriptors.cgi").text
            assert " 1 -> " in listed, "the program ran"
            assert not [number for number in re.findall(r" (\d+) -> ", listed) if int(number) >= 1000]


@pytest.mark.skipif(not PHP_RUNS, reason="needs libapache2-mod-php, and no sanitizer")
def test_php_pages_work_beside_streams(tls):
    handler = '<FilesMatch "\\.php$">\nSetHandler application/x-httpd-php\n</FilesMatch>\n'
    with Server("prefork", modules=["php8.2"], children=2, sites=[Site(directives=HUB + handler)]) as server:
        server.write("htdocs/page.php", "<?php set_time_limit(2); echo 'made by php';")
        hub = Hub(server, tls=tls)
        streams = [hub.open("a") for _ in range(20)]
        for _ in range(20):
            assert hub.request("GET", "/page.php").text == "made by php"
            hub.publish("a")
        for stream in streams:
            stream.read_until(lambda stream=stream: len(stream.events) == 20)
            stream.close()
