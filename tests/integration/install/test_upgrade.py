"""A new version of the module, and its end, under open streams."""
import subprocess

import pytest

from harness import certbot, processes
from harness.debian import DebianServer
from harness.environment import MODULE, ROOT
from harness.hub import Hub
from harness.publishers import Publisher
from harness.sse import check_cuts, read_all
from harness.tokens import SECRET
from harness.waiting import await_until

SITE = "messages.example.test"
STREAMS = 100


@pytest.fixture
def server(mpm, sample, authority):
    """With keys that the administrator had before, and both ports in use."""
    with DebianServer(mpm) as server:
        server.path("mercure").mkdir(mode=0o700)
        for role in ("publisher", "subscriber"):
            server.path(f"mercure/{role}.key").write_text(SECRET)
            server.path(f"mercure/{role}.key").chmod(0o600)
        server.install()
        server.run("a2enmod", "mercure", *certbot.MODULES)
        server.add_site(SITE, sample.replace("Mercure On", "Mercure On\nMercureMaxStreamDuration 0"))
        certbot.obtain(server, "example.test", authority)
        certbot.secure(server, SITE, "example.test", redirect=False)
        server.graceful()
        yield server


def open_streams(server, count):
    """Half of them in clear, half under TLS."""
    hubs = [Hub(server, SITE), Hub(server, SITE, tls=True)]
    streams = [hubs[number % 2].open("a") for number in range(count)]
    server.await_status(SITE, Streams=count, TLSStreams=count // 2)
    return streams


@pytest.fixture
def next_version(tmp_path):
    """The same module in a file that differs."""
    (tmp_path / "note").write_text("the next version")
    module = tmp_path / "mod_mercure.so"
    subprocess.run(["objcopy", "--add-section", f".note.version={tmp_path}/note", MODULE, module], check=True)
    return module


def runs(pid, module) -> bool:
    mapped = {line.split()[4] for line in processes.maps(pid).splitlines() if "mod_mercure.so" in line}
    return mapped == {str(module.stat().st_ino)}


def test_an_upgrade_loses_no_stream_and_no_update(server, next_version):
    streams = open_streams(server, STREAMS)
    publisher = Publisher(Hub(server, SITE), pause=0.1)
    publisher.start()
    await_until(lambda: publisher.answered, what="an update before")
    old = server.module.stat().st_ino

    server.install(next_version)
    server.graceful()
    assert server.module.stat().st_ino != old
    assert server.module.read_bytes() == next_version.read_bytes()
    await_until(lambda: all(runs(pid, server.module) for pid in server.child_pids()), what="children run the new file")

    publisher.stop()
    assert not publisher.errors, publisher.errors
    last = Hub(server, SITE).publish("a")
    read_all(streams, lambda: all(stream.events and stream.events[-1].id == last for stream in streams))
    for stream in streams:
        ids = [event.id for event in stream.events]
        assert len(ids) == len(set(ids)), "an update came twice"
        assert set(publisher.answered) <= set(ids), "an update is missing"
        assert not stream.ended and not stream.torn
    server.await_status(SITE, Streams=STREAMS, TLSStreams=STREAMS // 2)
    for stream in streams:
        stream.close()
    server.await_status(SITE, Streams=0, TLSStreams=0, Keepers=0)


def test_uninstalling_and_a_restart_end_every_stream_and_leave_the_site(server):
    streams = open_streams(server, 10)
    said = server.run(ROOT / "scripts/uninstall", "--root", server.root)
    assert "systemctl restart apache2" in said
    with Hub(server, SITE).open("a") as stream:
        assert Hub(server, SITE).publish("a") == stream.next_event().id, "until then the hub works on"
    # What systemctl restart does.
    server.run("apache2ctl", "graceful-stop")
    check_cuts(streams)
    server.process.wait()
    server.start()
    assert Hub(server, "www.example.test").request("GET", "/").text == "the default site\n"
