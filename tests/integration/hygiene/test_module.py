"""The module as a file: what it shows to others, and that a reload exchanges it whole."""
import re
import shutil
import subprocess

from harness import processes
from harness import server as servers
from harness.configuration import MERCURE
from harness.environment import MODULE, SANITIZE
from harness.hub import Hub
from harness.server import Server
from harness.waiting import await_until


def symbols(*options):
    return subprocess.run(["nm", *options, str(MODULE)], capture_output=True, text=True, check=True).stdout.splitlines()


def test_no_symbol_is_unique():
    """One would pin the old code in memory over every reload (dlclose does nothing then)."""
    assert not [line for line in symbols() + symbols("-D") if re.search(r" u ", line)]


def test_only_the_modules_record_is_exported():
    exported = [line.split()[-1] for line in symbols("-D", "--defined-only")]
    if not SANITIZE:
        assert exported == ["mercure_module"]
    assert "mercure_module" in exported


def test_every_undefined_symbol_is_httpds_or_a_librarys():
    """What is missing shows when the module is loaded, and not before."""
    assert not [line for line in symbols("-D", "-C", "--undefined-only") if "mercure::" in line]


def test_the_library_is_really_exchanged_by_a_reload(mpm):
    """An upgrade installs by rename; the reload must run the new code, in one mapping."""
    installed = servers.session.directory / f"mod_mercure-{mpm}.so"
    shutil.copy(MERCURE[1], installed)
    with Server(mpm, load=("mercure_module", installed), log_level="notice mercure:info") as server:
        hub = Hub(server)
        hub.open("a").close()
        first = mapped(processes.maps(server.process.pid), installed)
        assert len(first) == 1
        fresh = installed.with_suffix(".new")
        shutil.copy(MERCURE[1], fresh)
        fresh.rename(installed)
        server.graceful()
        for pid in [server.process.pid, *server.child_pids()]:
            await_until(lambda pid=pid: not processes.maps(pid) or mapped(processes.maps(pid), installed) - first)
            text = processes.maps(pid)
            assert f"{installed} (deleted)" not in text, "the old code is still in memory"
        with hub.open("a") as stream:
            assert hub.publish("a") == stream.next_event().id


def mapped(text, path):
    """The inodes under which a file is mapped."""
    return {line.split()[4] for line in text.splitlines() if str(path) in line}
