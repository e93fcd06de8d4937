"""The httpd that is soaked, and its processes."""

import os
import re
import signal
import subprocess
import time
import types
import uuid

import paths
from harness import processes
from harness.errorlog import ErrorLog
from harness.ports import free_port

MARK = "MERCURE_SOAK"
READY = "resuming normal operations"
PAGE = "plain page\n"
CRASH = re.compile(r"AH00052: .*exit signal (?!Killed)|MERCURE0001|AH00545")


class Server:
    def __init__(self, mpm, key, open_directory):
        self.mpm = mpm
        self.ports = types.SimpleNamespace(clear=free_port())
        self._mark = uuid.uuid4().hex
        self._directory = paths.BUILD / mpm
        self._directory.mkdir(exist_ok=True)
        self.log = ErrorLog(self._directory / "error.log")
        self.log.path.write_text("")
        pages = open_directory / mpm
        pages.mkdir()
        (pages / "index.html").write_text(PAGE)
        self._defines = {
            "DIRECTORY": self._directory,
            "PORT": self.ports.clear,
            "MPM": mpm,
            "HTTPD_MODULES": paths.HTTPD_MODULES,
            "MERCURE_MODULE": paths.MODULE,
            "KEY": key,
            "HISTORY": pages / "history",
            "PAGES": pages,
        }
        self._process = None

    def start(self):
        command = [paths.HTTPD, "-DFOREGROUND", "-f", paths.CONFIGURATION]
        for name, value in self._defines.items():
            command += ["-C", f'Define {name} "{value}"']
        if os.geteuid() == 0:
            command.append("-DAS_ROOT")
        after = self.log.mark()
        with open(self._directory / "httpd.start.log", "ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the soak, which then stops its server
                env={"PATH": os.environ["PATH"], "LANG": "C", MARK: self._mark},
            )
        self.log.await_line(READY, after, timeout=30)

    def reload(self):
        after = self.log.mark()
        self._process.send_signal(signal.SIGUSR1)
        # Until then httpd forgets whatever other signal comes.
        self.log.await_line(READY, after, timeout=30)

    def end(self, number):
        """Has httpd end, by SIGTERM or by SIGWINCH (graceful-stop)."""
        self._process.send_signal(number)
        self._process.wait(60)

    def children(self):
        return processes.children_of(self._process.pid)

    def keepers(self):
        return [pid for pid in processes.carrying(MARK, self._mark) if processes.name(pid) == "mercure-keeper"]

    def clients_of(self, pid):
        """The client's ports of the connections that a process has; it should stand still meanwhile."""
        held = processes.descriptors(pid).values()
        sockets = {target[len("socket:[") : -1] for target in held if target.startswith("socket:[")}
        with open("/proc/net/tcp", encoding="ascii") as file:
            lines = [line.split() for line in file.readlines()[1:]]
        ours = f"0100007F:{self.ports.clear:04X}"
        return {int(line[2].partition(":")[2], 16) for line in lines if line[1] == ours and line[9] in sockets}

    def crashes(self):
        return [line for line in self.log.lines() if CRASH.search(line)]

    def kill(self):
        for pid in processes.carrying(MARK, self._mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self._process:
            self._process.wait()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None and self._process.poll() is None:
                self.end(signal.SIGTERM)
                time.sleep(1)  # keepers end by themselves
        finally:
            self.kill()
