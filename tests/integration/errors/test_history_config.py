"""Where hubs keep their updates: mistakes, contradictions, and directories that cannot be used."""
import os
import re
import shutil
import stat

import pytest

from harness import tokens
from harness.configuration import FEW_CHILDREN, HUB, Site
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until

NAME = "hub.example.test"
IS_ROOT = os.geteuid() == 0
IMPOSSIBLE = r"\[mercure:emerg\].*MERCURE0017"

# What is written in the virtual host; what the message must repeat; what else it must say.
MISTAKES = {
    "MercureHistory": ("MercureHistory yes", "'yes'", "neither on nor off nor the path of a directory"),
    "MercureHistorySize": ("MercureHistorySize large", "'large'", "4M to 1024G"),
    "MercureHistorySize too small": ("MercureHistorySize 1M", "'1M'", "MercureHistorySize 256M"),
    "MercureHistorySize too large": ("MercureHistorySize 1025G", "'1025G'", "4M to 1024G"),
    "MercureHistorySize below sixteen updates": ("MercureHistorySize 8M", "8388608", "MercureHistorySize 16777216"),
    "MercureHistoryCount": ("MercureHistoryCount many", "'many'", "MercureHistoryCount 10000"),
    "MercureHistoryCount negative": ("MercureHistoryCount -1", "'-1'", "0 (as many as fit)"),
    "MercureHistoryAge": ("MercureHistoryAge 1d", "'1d'", "MercureHistoryAge 24h"),
    "MercureHistoryAge too short": ("MercureHistoryAge 10ms", "'10ms'", "1s to 87600h"),
    "MercureHistorySync": ("MercureHistorySync fast", "'fast'", "MercureHistorySync On"),
    "MercureStreamNotices": ("MercureStreamNotices 1", "'1'", "MercureStreamNotices On"),
}


@pytest.fixture(scope="module")
def tested():
    """A server that is never started."""
    return Server()


def refused(server, *sites, **settings):
    """What configtest says of a configuration that it must refuse."""
    server.reconfigure(sites=sites, **settings)
    code, messages = server.configtest()
    assert code != 0, messages
    return messages


def resolved(server, *sites, **settings):
    """What came out of each directive, for each virtual host."""
    server.reconfigure(sites=sites, **settings)
    code, output, messages = server.run_httpd("-t", "-D", "DUMP_MERCURE")
    assert code == 0, messages
    parts = re.split(r"^hub ", output, flags=re.M)[1:]
    return [dict(re.split(r"  +", line.strip()) for line in part.splitlines()[1:]) for part in parts]


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_explained(tested, mistake):
    written, wrong, expected = mistake
    messages = refused(tested, Site(directives=HUB + written, tls=False))
    assert wrong in messages and expected in messages, messages
    assert re.search(r"for example: Mercure\w+ \S+", messages), messages


DISAGREEMENTS = ["MercureHistory off", "MercureHistory /elsewhere/history", "MercureHistorySize 64M", "MercureHistoryCount 7",
                 "MercureHistoryAge 1h", "MercureHistorySync Off"]


@pytest.mark.parametrize("written", DISAGREEMENTS)
def test_virtual_hosts_of_one_hub_must_agree(tested, written):
    messages = refused(tested, Site("a.example.test", HUB + "MercureHub one\n", tls=False),
                       Site("b.example.test", HUB + f"MercureHub one\n{written}\n", tls=False))
    assert f"{written.split()[0]} is " in messages and "in another virtual host of the hub one" in messages
    assert "once in the main server" in messages and "httpd.conf" in messages


def test_in_the_main_server_it_holds_for_every_hub(tested):
    limits = "MercureHistorySize 64M\nMercureHistoryCount 9\nMercureHistoryAge 90min\nMercureHistorySync Off\nMercureStreamNotices On\n"
    sites = [Site("a.example.test", HUB, tls=False), Site("b.example.test", HUB + "MercureHistoryCount 8\n", tls=False)]
    one, other = resolved(tested, *sites, directives=limits)
    expected = {"MercureHistory": f"{tested.directory}/history/a.example.test", "MercureHistorySize": "67108864",
                "MercureHistoryCount": "9", "MercureHistoryAge": "5400s", "MercureHistorySync": "Off", "MercureStreamNotices": "On"}
    assert {name: one[name] for name in expected} == expected
    assert other["MercureHistory"] == f"{tested.directory}/history/b.example.test" and other["MercureHistoryCount"] == "8"
    tested.reconfigure(directives="")


def test_a_directory_may_be_relative_to_ServerRoot(tested):
    for written in ("state/mercure", "./state/mercure/"):
        lines, = resolved(tested, Site(directives=HUB + f"MercureHistory {written}\n", tls=False))
        assert lines["MercureHistory"] == f"{tested.directory}/state/mercure/{NAME}"
    assert not (tested.directory / "state").exists(), "configtest makes nothing"


def test_off_is_off(tested):
    lines, = resolved(tested, Site(directives=HUB + "MercureHistory off\n", tls=False))
    assert lines["MercureHistory"] == "off" and not [name for name in lines if name.startswith("MercureHistory") and len(name) > 14]


@pytest.mark.skipif(not IS_ROOT, reason="nobody else may make what is the default")
def test_on_is_the_default_directory(tested):
    lines, = resolved(tested, Site(directives=HUB + "MercureHistory on\n", tls=False))
    assert lines["MercureHistory"] == f"/var/lib/apache2/mercure/{NAME}"


def test_large_updates_need_a_large_history(tested):
    large = HUB + "MercureMaxUpdateSize 32M\nMercureLogSize 512M\n"
    messages = refused(tested, Site(directives=large, tls=False))
    assert "MercureHistorySize is 268435456 bytes" in messages and "MercureHistorySize 536870912" in messages
    for enough in ("MercureHistorySize 512M", "MercureHistory off"):
        resolved(tested, Site(directives=large + enough + "\n", tls=False))


def make(path, mode=0o700, own=True):
    path.mkdir(parents=True)
    path.chmod(mode)
    if IS_ROOT and own:
        shutil.chown(path, "www-data", "www-data")


def make_link(path):
    make(path.parent.with_name("elsewhere"))
    path.parent.mkdir()
    path.symlink_to(path.parent.with_name("elsewhere"))


def make_file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a file\n")


# How a hub's directory, or the way to it, is spoilt; what is said of it.
UNUSABLE = {
    "a link": (make_link, f"history/{NAME} cannot be opened, expected a directory and no symbolic link"),
    "a file": (make_file, f"history/{NAME} cannot be opened, expected a directory and no symbolic link"),
    "a file in the way": (lambda path: make_file(path.parent), "history cannot be opened as a directory: Not a directory"),
    "open to others": (lambda path: make(path, 0o777), "so that others may write to it, expected 0700"),
    "read-only": (lambda path: make(path, 0o500), "is closed to user"),
}
if IS_ROOT:
    UNUSABLE.update({
        "of another user": (lambda path: make(path, own=False), f"history/{NAME} belongs to user 0, expected "),
        "out of reach": (lambda path: make(path.parent, own=False), "is closed to user"),
    })


@pytest.fixture(params=UNUSABLE.values(), ids=UNUSABLE.keys())
def unusable(request):
    """A server, with another hub that can keep its history, and what is to be said of this one's directory."""
    spoil, words = request.param
    sites = [Site(tls=False), Site("other.example.test", HUB + 'MercureHistory "{directory}/other"\n', tls=False)]
    server = Server(sites=sites, allow=[IMPOSSIBLE])
    spoil(server.directory / "history" / NAME)
    return server, words


def snapshot(directory):
    return {path: (path.lstat().st_mode, path.lstat().st_uid, path.lstat().st_ino) for path in directory.rglob("*")}


def publishes(hub) -> bool:
    return hub.post("topic=a", tokens.publisher()).status == 200


def test_configtest_refuses_a_directory_that_cannot_be_used_and_makes_none(unusable):
    server, words = unusable
    before = snapshot(server.directory)
    code, messages = server.configtest()
    assert code != 0 and words in messages and "MercureHistory off" in messages, messages
    assert messages.count("MERCURE0017") == 1, "the other hub's can be made"
    after = snapshot(server.directory)
    after.pop(server.directory / "error.log", None)
    assert after == before


def test_a_hub_without_its_directory_answers_503_until_it_is_mended(unusable):
    server, words = unusable
    with server:
        hub, other = Hub(server), Hub(server, "other.example.test")
        assert words in server.log.await_line(IMPOSSIBLE)
        assert hub.post("topic=a", tokens.publisher()).status == 503 and hub.get("a", tokens.subscriber()).status == 503
        assert publishes(other) and hub.request("GET", "/").text == "plain page\n"
        history = server.directory / "history"
        history.unlink() if history.is_file() else shutil.rmtree(history)
        server.graceful()
        await_until(lambda: publishes(hub))


def test_two_hubs_share_a_directory_and_no_history(mpm):
    sites = [Site("a.example.test"), Site("b.example.test")]
    with Server(mpm, sites=sites, directives='MercureHistory "state/of/hubs"\n') as server:
        state = server.directory / "state/of/hubs"
        assert sorted(path.name for path in state.iterdir()) == ["a.example.test", "b.example.test"]
        for path in state.iterdir():
            status = path.stat()
            assert stat.S_IMODE(status.st_mode) == 0o700 and path.owner() == ("www-data" if IS_ROOT else server.directory.owner())
        assert publishes(Hub(server, "a.example.test")) and publishes(Hub(server, "b.example.test", tls=True))


def test_without_a_history_nothing_is_made():
    with Server(directives="MercureHistory off\n") as server:
        assert publishes(Hub(server)) and not (server.directory / "history").exists()
        assert all("no history;" in line for line in server.log.matching("MERCURE0016"))


@pytest.mark.parametrize("change", ["MercureHistorySync Off", 'MercureHistory "{directory}/elsewhere"', "MercureHistory off"])
def test_a_reload_that_changes_a_history_cuts_the_streams_and_they_come_back(mpm, change):
    with Server(mpm, **FEW_CHILDREN[mpm], sites=[Site(), Site("other.example.test")]) as server:
        hub, other = Hub(server), Hub(server, "other.example.test")
        for directives in (HUB + change, HUB):
            streams, untouched = [hub.open("a") for _ in range(3)], other.open("a")
            server.reconfigure(sites=[Site(directives=directives), Site("other.example.test")])
            server.graceful()
            for stream in streams:
                stream.await_end()
                assert not stream.torn and len(stream.retries) == 1
                stream.close()
            with hub.open("a") as stream:
                assert hub.publish("a") == stream.next_event().id
            assert other.publish("a") == untouched.next_event().id
            untouched.close()


def test_a_reload_that_changes_its_limits_cuts_nobody(mpm):
    with Server(mpm, **FEW_CHILDREN[mpm]) as server:
        hub = Hub(server)
        with hub.open("a") as stream:
            for change in ("MercureHistorySize 64M", "MercureHistoryCount 5", "MercureHistoryAge 1h", ""):
                server.reconfigure(sites=[Site(directives=HUB + change)])
                server.graceful()
                assert hub.publish("a") == stream.next_event().id


def test_a_reload_into_a_directory_that_cannot_be_used_leaves_open_streams(mpm):
    with Server(mpm, allow=[IMPOSSIBLE], **FEW_CHILDREN[mpm]) as server:
        hub = Hub(server)
        with hub.open("a") as stream:
            make_file(server.directory / "elsewhere")
            server.reconfigure(sites=[Site(directives=HUB + 'MercureHistory "{directory}/elsewhere"')])
            server.graceful()
            await_until(lambda: hub.post("topic=a", tokens.publisher()).status == 503)
            server.reconfigure(sites=[Site()])
            server.graceful()
            await_until(lambda: publishes(hub))
            last = hub.publish("a")
            stream.read_until(lambda: any(event.id == last for event in stream.events))


def test_a_directory_that_was_deleted_is_made_again_by_a_reload(mpm):
    with Server(mpm) as server:
        directory = server.directory / "history" / NAME
        directory.rmdir()
        server.graceful()
        assert directory.is_dir()
