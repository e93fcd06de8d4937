"""mercurectl history: a hub's updates on disk, read beside the hub and without it, sound and damaged."""
import json
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import processes
from harness.environment import SANITIZE
from harness.histories import MERCURECTL, Update, Writer, mercurectl, update
from harness.waiting import await_until

COMMANDS = ("stats", "dump", "verify")
PAGE = 4096

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def place():
    """A directory that every user may pass, as tmp_path is not."""
    with tempfile.TemporaryDirectory(prefix="mercurectl-") as name:
        os.chmod(name, 0o711)
        yield Path(name)


@pytest.fixture
def directory(place):
    """A hub's, without a history."""
    path = place / "www.example.com"
    path.mkdir(0o700)
    return path


@pytest.fixture
def updates():
    return [update(number, size=9000 if number % 10 == 0 else 100, flags=(0x00, 0x01, 0x12)[number % 3])
            for number in range(3, 103)]


@pytest.fixture
def history(directory, updates):
    """A sound one that no process has open."""
    with Writer(directory) as writer:
        writer.store(*updates)
    return directory


def dumped(text):
    return [json.loads(line) for line in text.splitlines()]


def expected(updates):
    return [each.expected() for each in updates]


def good(*arguments, **options):
    ran = mercurectl("history", *arguments, **options)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_stats(history, updates):
    lines = dict(line.split(": ", 1) for line in good("stats", history).splitlines())
    assert lines.pop("Bytes in use").isdigit()
    assert lines == {"Records": "100", "File size": str((history / "data.mdb").stat().st_size),
                     "Oldest time": updates[0].when(), "Newest time": updates[-1].when(), "Oldest sequence": "3",
                     "Newest sequence": "102", "Newest id": "urn:u:102"}


def test_stats_of_a_history_without_updates(directory):
    Writer(directory).__exit__()
    lines = dict(line.split(": ", 1) for line in good("stats", directory).splitlines())
    assert lines["Records"] == "0"
    assert {lines[f"{age} {what}"] for age in ("Oldest", "Newest") for what in ("time", "sequence")} == {"none"}
    assert lines["Newest id"] == "none"
    assert good("dump", directory) == "" and good("verify", directory) == "good\n"


def test_stats_shows_no_control_characters(directory):
    with Writer(directory) as writer:
        writer.store(Update(1, 1, 0, "a\x1b[31m\x9bb", (), b""))
    assert "Newest id: a�[31m�b\n" in good("stats", directory)


def test_dump(history, updates):
    assert dumped(good("dump", history)) == expected(updates)


def test_verify(history):
    assert good("verify", history) == "good\n"


def test_nothing_is_changed(history):
    before = (history / "data.mdb").read_bytes()
    for command in COMMANDS:
        good(command, history)
    assert (history / "data.mdb").read_bytes() == before
    assert sorted(path.name for path in history.iterdir()) == ["data.mdb", "lock.mdb"]


@pytest.fixture
def large(directory):
    """48 MiB, more than any buffer on the way."""
    with Writer(directory, 128 << 20) as writer:
        writer.store(*(update(number, size=500_000) for number in range(1, 101)))
    return directory


@pytest.mark.skipif(SANITIZE, reason="sanitizers reserve more memory than the limit")
def test_a_dump_is_never_in_memory_as_a_whole(large):
    ran = subprocess.run(["prlimit", f"--data={24 << 20}", MERCURECTL, "history", "dump", large],
                         stdout=subprocess.PIPE, check=True)
    assert [each["sequence"] for each in dumped(ran.stdout.decode())] == list(range(1, 101))


def start_dump(directory):
    """One that waits, for nobody reads on."""
    process = subprocess.Popen([MERCURECTL, "history", "dump", directory], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert json.loads(process.stdout.readline())["sequence"] == 1
    return process


def finish(process):
    """What the dump had still to say."""
    numbers = [each["sequence"] for each in dumped(process.stdout.read())]
    said = process.communicate()[1]
    assert (process.returncode, said) == (0, "")
    return numbers


def test_a_reader_that_leaves_is_an_error(large):
    process = start_dump(large)
    process.stdout.close()
    assert process.wait(30) == 1
    assert "output cannot be written: Broken pipe" in process.stderr.read()
    process.stderr.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_an_error(history, command):
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([MERCURECTL, "history", command, history], stdout=full, stderr=subprocess.PIPE, text=True,
                             check=False)
    assert ran.returncode == 1 and "output cannot be written: No space left on device" in ran.stderr


def test_beside_a_hub(directory, updates):
    with Writer(directory) as writer:
        writer.store(*updates)
        assert dumped(good("dump", directory)) == expected(updates)
        assert "Records: 100\n" in good("stats", directory)
        said = good("verify", directory)
        assert said == (f"good: process {writer.process.pid} has it open, so that only updates were checked, 100 of them; "
                        "pages are checked when nobody has it open\n")
        writer.store(update(500))
        assert "Newest sequence: 500\n" in good("stats", directory)


def test_a_dump_does_not_delay_a_hub_and_ends(large):
    """It ends with what was the newest update when it began."""
    with Writer(large, 128 << 20) as writer:
        process = start_dump(large)
        writer.store(*(update(number, size=500_000) for number in range(101, 151)))
        assert finish(process) == list(range(2, 101))
    assert good("verify", large) == "good\n"


def test_a_hub_may_come_while_a_dump_goes_on(large):
    process = start_dump(large)
    with Writer(large, 128 << 20) as writer:
        writer.store(update(101))
        assert finish(process) == list(range(2, 101))
        writer.store(update(102))
    assert good("verify", large) == "good\n"


def test_a_hub_that_was_killed(directory, updates):
    writer = Writer(directory)
    writer.store(*updates)
    writer.kill()
    assert good("verify", directory) == "good\n"
    assert dumped(good("dump", directory)) == expected(updates)
    with Writer(directory) as writer:
        writer.store(update(500))


def test_killed_it_leaves_no_process_and_no_harm(large):
    with Writer(large, 64 << 20) as writer:
        process = start_dump(large)
        child, = processes.children_of(process.pid)
        process.kill()
        process.stdout.close()
        process.communicate()
        await_until(lambda: not processes.title(child), what="the process that reads ends")
        # Twice what fits: all that the dump may have held is needed again.
        writer.store(*(update(number, size=500_000) for number in range(101, 350)))
    assert good("verify", large) == "good\n"


def flip_bits(data):
    """In the middle of an update, where LMDB itself would see nothing wrong."""
    place = data.index(b"id: urn:u:50\n")
    data[place] ^= 0x20


DAMAGES = {
    "a bit of an update": flip_bits,
    "cut off": lambda data: data.__delitem__(slice(5 * PAGE, None)),
    "cut off in the first page": lambda data: data.__delitem__(slice(100, None)),
    "overwritten pages": lambda data: data.__setitem__(slice(2 * PAGE, None), b"\xff" * (len(data) - 2 * PAGE)),
    "zeros in both meta pages": lambda data: data.__setitem__(slice(0, 2 * PAGE), bytes(2 * PAGE)),
    "not one at all": lambda data: data.__setitem__(slice(0, None), b"text\n" * 4000),
    "another layout": lambda data: data.__setitem__(data.index(b"MERCHIST") + 8, 77),
}


def damage(history, change):
    data = bytearray((history / "data.mdb").read_bytes())
    change(data)
    (history / "data.mdb").write_bytes(data)


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_history(history, change):
    damage(history, change)
    verified = mercurectl("history", "verify", history)
    assert (verified.returncode, verified.stderr) == (1, "") and verified.stdout.startswith("bad: ")
    for command in ("stats", "dump"):
        ran = mercurectl("history", command, history)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr == f"mercurectl: {history}: {verified.stdout}"


def test_another_layout_is_called_so(history):
    damage(history, DAMAGES["another layout"])
    assert mercurectl("history", "verify", history).stdout == "bad: it was not made with layout version 1\n"


# What is changed while a process has the history open is not looked for beforehand, and LMDB trusts its pages.
BESIDE_A_HUB = {name: DAMAGES[name] for name in ("a bit of an update", "overwritten pages", "cut off")}


@pytest.mark.parametrize("change", BESIDE_A_HUB.values(), ids=BESIDE_A_HUB.keys())
def test_damage_beside_a_hub(directory, updates, change):
    with Writer(directory) as writer:
        writer.store(*updates)
        damage(directory, change)
        verified = mercurectl("history", "verify", directory)
        assert (verified.returncode, verified.stderr) == (1, "") and verified.stdout.startswith("bad: ")
        ran = mercurectl("history", "dump", directory)
        assert ran.returncode == 1 and ran.stderr.startswith(f"mercurectl: {directory}: bad: ")
        writer.kill()


def snapshot(path):
    return {each: each.lstat().st_size for each in path.rglob("*")}


def missing(place):
    return place / "none"


def empty(place):
    (place / "hub").mkdir()
    return place / "hub"


def never_used(place):
    (empty(place) / "data.mdb").touch(0o600)
    return place / "hub"


def no_directory(place):
    (place / "file").touch()
    return place / "file"


def link(place):
    (place / "link").symlink_to(empty(place))
    return place / "link"


def linked_file(place):
    (place / "elsewhere").touch(0o600)
    (empty(place) / "data.mdb").symlink_to(place / "elsewhere")
    return place / "hub"


NO_HISTORIES = {missing: "No such file or directory", empty: "there is no data.mdb, expected the directory of a hub",
                never_used: "data.mdb is empty, expected", no_directory: "is no directory",
                link: "is no directory (nor may it be a link to one)", linked_file: "it is a symbolic link"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("make, words", NO_HISTORIES.items(), ids=[make.__name__ for make in NO_HISTORIES])
def test_where_no_history_is_none_is_made(place, command, make, words):
    path = make(place)
    before = snapshot(place)
    ran = mercurectl("history", command, path)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"mercurectl: {path}: ") and words in ran.stderr
    assert snapshot(place) == before


def give(directory, user):
    entry = pwd.getpwnam(user)
    for path in (directory, *directory.iterdir()):
        os.chown(path, entry.pw_uid, entry.pw_gid)


@as_root
@pytest.mark.parametrize("command", COMMANDS)
def test_root_becomes_the_hubs_user(history, command):
    give(history, "www-data")
    (history / "lock.mdb").unlink()
    good(command, history)
    made = [path for path in history.iterdir() if path.name == "lock.mdb"]
    assert [(path.owner(), stat.S_IMODE(path.stat().st_mode)) for path in made] == (
        [] if command == "verify" else [("www-data", 0o600)])


@as_root
def test_files_of_another_user_than_the_directorys(history):
    give(history, "www-data")
    os.chown(history / "data.mdb", 0, 0)
    ran = mercurectl("history", "stats", history)
    assert ran.returncode == 1 and ran.stderr.startswith(f"mercurectl: {history}: data.mdb: Permission denied")


@as_root
def test_another_user_is_told_whom_it_takes(place, history):
    program = shutil.copy(MERCURECTL, place)
    give(history, "www-data")
    assert good("verify", history, program=program, user="www-data") == "good\n"
    ran = mercurectl("history", "stats", history, program=program, user="nobody")
    assert ran.returncode == 1
    assert ran.stderr == (f"mercurectl: {history}: belongs to www-data, and this is run by nobody: run it as root or "
                          "as www-data\n")


@pytest.mark.parametrize("arguments, words", [
    ((), "a command is missing; expected history"),
    (("history",), "history lacks a command; expected stats, dump or verify"),
    (("history", "stats"), "history stats lacks an argument; expected one directory of a hub"),
    (("history", "dump", "a", "b"), 'history dump has an argument too many, "b"')])
def test_wrong_arguments(arguments, words):
    ran = mercurectl(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"mercurectl: {words}")
    assert "\nExample: mercurectl history " in ran.stderr


@pytest.mark.parametrize("arguments", [(), ("history",), *(("history", command) for command in COMMANDS)])
def test_help(arguments):
    ran = mercurectl(*arguments, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Usage: mercurectl history ")
    assert max(map(len, ran.stdout.splitlines())) <= 120
