"""Streams under TLS 1.2 and 1.3: what a client may send later, client certificates, key logs."""
import ssl
import subprocess

import pytest

from harness import processes, tokens
from harness import server as servers
from harness.configuration import HUB, THREADED_MPMS, Site
from harness.environment import SANITIZE
from harness.hub import Hub, bearer, query_of
from harness.server import Server

VERSIONS = {"TLS1.2": ssl.TLSVersion.TLSv1_2, "TLS1.3": ssl.TLSVersion.TLSv1_3}
READ = tokens.subscriber("*")
REQUIRED = "SSLVerifyClient require\n"
OPTIONAL = "<Location /.well-known/mercure>\nSSLVerifyClient require\n</Location>\n"


@pytest.fixture(scope="module")
def server(mpm):
    sites = [Site(), Site("required.example.test", HUB, clear=False, tls_directives=REQUIRED),
             Site("location.example.test", HUB, clear=False, tls_directives=OPTIONAL)]
    with Server(mpm, sites=sites) as server:
        yield server


@pytest.fixture(params=VERSIONS)
def hub(server, request):
    return Hub(server, tls=True, version=VERSIONS[request.param])


def test_a_stream_is_handed_over_with_its_tls_state(hub, server):
    with hub.open("a") as stream:
        counters = server.await_status(Streams=1, TLSStreams=1)
        assert counters["ThreadedStreams"] == 0
        for _ in range(20):
            assert hub.publish("a", data="x" * 5000) == stream.next_event().id
    server.await_status(Streams=0, TLSStreams=0)


def test_records_that_travel_with_the_request_are_not_lost(hub, server):
    """httpd has read them already; dropped with its filters they would be a bad_record_mac later."""
    request = hub.head("GET", "?" + query_of("a"), bearer(READ))
    with hub.connect() as connection:
        connection.send_together(request, "one", "two" * 1000, "three")
        stream = hub.opened(connection)
        for _ in range(3):
            connection.send("later")
            assert hub.publish("a") == stream.next_event().id
        server.await_status(Streams=1)


@pytest.mark.parametrize("cut", [3, 5, 20])
def test_a_record_that_comes_in_halves_around_the_hand_over(hub, server, cut):
    with hub.connect() as connection:
        first = connection.seal(hub.head("GET", "?" + query_of("a"), bearer(READ)))
        second = connection.seal("x" * 1000)
        connection.send_raw(first + second[:cut])
        stream = hub.opened(connection)
        server.await_status(Streams=1)
        connection.send_raw(second[cut:])
        connection.send("more")
        assert hub.publish("a") == stream.next_event().id
        server.await_status(Streams=1)


def test_close_notify_frees_the_stream(hub, server):
    stream = hub.open("a")
    server.await_status(Streams=1, TLSStreams=1)
    stream.connection.send_close_notify()
    server.await_status(Streams=0, TLSStreams=0)
    stream.close()


def test_key_updates_are_met(server):
    """RFC 8446, section 4.6.3; openssl's own client sends them."""
    hub = Hub(server, tls=True)
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports.tls}", "-servername", hub.site, "-tls1_3"]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen = []

    def sees(text):
        while text not in (line := client.stdout.readline().decode(errors="replace")):
            assert line, "".join(seen)
            seen.append(line)

    def type_in(text):
        client.stdin.write(text.encode())
        client.stdin.flush()

    try:
        type_in(hub.head("GET", "?" + query_of("a"), bearer(READ)))
        sees("text/event-stream")
        server.await_status(Streams=1)
        for command in ("k\n", "K\n", "K\n"):
            type_in(command)
            sees("KEYUPDATE")
            hub.publish("a", id=f"after-key-update-{len(seen)}")
            sees(f"id: after-key-update-{len(seen)}")
        server.await_status(Streams=1)
        type_in("Q\n")
        client.wait(10)
        server.await_status(Streams=0, TLSStreams=0)
    finally:
        client.kill()
        client.wait()
        client.stdin.close()
        client.stdout.close()


def test_with_a_client_certificate(server, authority, hub):
    for version in VERSIONS.values():
        entitled = Hub(server, "required.example.test", tls=True, version=version, certificate=authority.client)
        with entitled.open("a") as stream:
            assert server.await_status(entitled.site, Streams=1)["ThreadedStreams"] == 0
            assert entitled.publish("a") == stream.next_event().id


def test_with_a_client_certificate_asked_for_by_location(server, authority):
    """Under TLS 1.2 by a renegotiation, in the middle of the request."""
    entitled = Hub(server, "location.example.test", tls=True, version=VERSIONS["TLS1.2"], certificate=authority.client)
    with entitled.open("a") as stream:
        assert entitled.publish("a") == stream.next_event().id
        server.await_status(entitled.site, Streams=1)


@pytest.mark.skipif(SANITIZE, reason="a sanitizer keeps freed memory for a while")
def test_client_certificates_are_not_kept_for_a_streams_life(authority):
    """A certificate costs some 4 KB; mod_ssl frees it when it is told of the connection's end."""
    count = 250
    with Server("event", sites=[Site(clear=True), Site("required.example.test", HUB, clear=False, tls_directives=REQUIRED)]) as server:
        def cost(hub):
            streams = [hub.open("a") for _ in range(50)]
            before = processes.private_memory(server.child_pids()[0])
            streams += [hub.open("a") for _ in range(count)]
            server.await_status(hub.site, Streams=count + 50)
            after = processes.private_memory(server.child_pids()[0])
            for stream in streams:
                stream.close()
            server.await_status(hub.site, Streams=0)
            return (after - before) / count

        without = cost(Hub(server, tls=True))
        with_certificate = cost(Hub(server, "required.example.test", tls=True, certificate=authority.client))
        assert with_certificate < without + 2500, f"{with_certificate:.0f} bytes a stream, {without:.0f} without"


@pytest.mark.parametrize("mpm", THREADED_MPMS)
def test_while_tls_secrets_are_logged_streams_stay_threaded(mpm):
    """The key log's callback would look for mod_ssl's connection at the next KeyUpdate."""
    with Server(mpm, environment={"SSLKEYLOGFILE": str(servers.session.directory / f"keys-{mpm}")},
                allow=["AH10227"]) as server:
        hub = Hub(server, tls=True)
        with hub.open("a") as stream:
            server.await_status(Streams=1, ThreadedStreams=1)
            assert hub.publish("a") == stream.next_event().id
        server.await_status(Streams=0, ThreadedStreams=0)
