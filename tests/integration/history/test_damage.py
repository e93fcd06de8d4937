"""A history that was damaged while httpd was stopped: it is moved aside, the log says so, and the hub goes on."""
import os
import shutil

import pytest

from harness import processes
from harness.configuration import FEW_CHILDREN, Site
from harness.hub import Hub
from harness.server import Server

NAME = "hub.example.test"
PAGE = 4096
UPDATES = 200
MOVED = r"\[mercure:error\].*MERCURE0018"


def own(path):
    if os.geteuid() == 0:
        shutil.chown(path, "www-data", "www-data")


def overwrite(first, last, content):
    """Gives pages of the file another content."""
    def damage(path):
        with open(path, "r+b") as file:
            file.seek(first * PAGE)
            file.write(content((last - first) * PAGE))
    return damage


def replace_by_link(path):
    target = path.with_name("elsewhere.mdb")
    path.rename(target)
    path.symlink_to(target)


def replace_by_directory(path):
    path.unlink()
    path.mkdir()
    own(path)


# What happens to data.mdb.
DAMAGES = {
    "cut off in the middle": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut off behind its head": lambda path: os.truncate(path, 2 * PAGE),
    "cut off within a page": lambda path: os.truncate(path, 5 * PAGE // 2),
    "one byte": lambda path: os.truncate(path, 1),
    "its head zeroed": overwrite(0, 2, bytes),
    "its head random": overwrite(0, 2, os.urandom),
    "its pages zeroed": overwrite(2, 20, bytes),
    "its pages random": overwrite(2, 20, os.urandom),
    "a text": lambda path: path.write_text("not a history\n" * PAGE),
    "open to others": lambda path: path.chmod(0o666),
    "a link": replace_by_link,
    "a directory": replace_by_directory,
}
if os.geteuid() == 0:
    DAMAGES["of another user"] = lambda path: os.chown(path, 0, 0)


def fill(server):
    """Has a server that runs once keep updates; their file, once the server has ended."""
    with server:
        hub = Hub(server)
        for number in range(UPDATES):
            hub.publish("a", "x" * 40 * (number % 50), private="on")
    data = server.directory / "history" / NAME / "data.mdb"
    assert data.stat().st_size > 20 * PAGE
    return data


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_it_is_moved_aside_and_the_hub_goes_on(damage):
    server = Server(allow=[MOVED], children=2)
    data = fill(server)
    before = server.log.mark()
    damage(data)
    with server:
        line, = server.log.matching(MOVED, before)
        aside, = data.parent.glob("data.mdb.damaged-*")
        assert f"hub {NAME}: its history was damaged" in line and str(aside) in line
        children = server.child_pids()
        hub = Hub(server)
        with hub.open("a") as stream:
            published = [hub.publish("a") for _ in range(5)]
            assert [stream.next_event().id for _ in published] == published
        assert data.is_file() and not data.is_symlink()
        assert server.child_pids() == children, "nobody has died of it"
    after = server.log.mark()
    with server:
        assert not server.log.matching(MOVED, after), "what has been kept since is sound"
        with Hub(server).open("a", fields=[("Last-Event-ID", published[1])]) as stream:
            assert [stream.next_event().id for _ in range(3)] == published[2:]


def test_only_the_latest_is_kept(mpm):
    server = Server(mpm, allow=[MOVED])
    for size in (1, 2):
        data = fill(server)
        os.truncate(data, size)
        with server:
            aside, = data.parent.glob("data.mdb.damaged-*")
            assert aside.stat().st_size == size


def test_a_sound_one_stays_and_so_do_its_updates(mpm):
    server = Server(mpm)
    with server:
        published = [Hub(server).publish("a") for _ in range(10)]
    with server, Hub(server).open("a", fields=[("Last-Event-ID", published[0])]) as stream:
        assert [stream.next_event().id for _ in range(9)] == published[1:]


def test_a_server_that_was_killed_leaves_a_sound_one(mpm):
    """Every process of it, at the same time."""
    server = Server(mpm, allow=["AH00098: pid file .* overwritten"], **FEW_CHILDREN[mpm])
    server.start()
    published = [Hub(server).publish("a") for _ in range(50)]
    server.kill()
    with server, Hub(server).open("a", fields=[("Last-Event-ID", published[0])]) as stream:
        assert [stream.next_event().id for _ in range(49)] == published[1:]


@pytest.mark.parametrize("reload", ["graceful", "restart"])
def test_a_reload_touches_no_history_in_use(mpm, reload):
    """Not even one that gives the hub a new segment."""
    with Server(mpm, **FEW_CHILDREN[mpm]) as server:
        hub = Hub(server)
        hub.publish("a")
        data = server.directory / "history" / NAME / "data.mdb"
        inode = data.stat().st_ino
        for size in ("32M", "16M"):
            server.reconfigure(sites=[Site(directives=server.configuration.sites[0].directives + f"MercureLogSize {size}\n")])
            getattr(server, reload)()
            hub.publish("a")
            assert data.stat().st_ino == inode


def test_the_check_leaves_no_process_and_the_parent_opens_nothing(mpm):
    """It happens in a process of its own, which has ended when httpd serves."""
    server = Server(mpm)
    fill(server)
    with server:
        Hub(server).publish("a")
        opened = processes.descriptors(server.process.pid).values()
        assert not [target for target in opened if target.endswith(".mdb")]
        assert ".mdb" not in processes.maps(server.process.pid)
