"""One real httpd, with a configuration of its own in a directory of its own."""
import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

from . import processes
from .certificates import Authority
from .configuration import CONTROL_NAME, MERCURE, Configuration, Ports, Site
from .environment import HTTPD, PATIENCE, SANITIZE, sanitizer_runtimes
from .errorlog import ErrorLog
from .ports import HOST, free_port
from .status import Status
from .waiting import await_until
from .wire import Connection

_MARK = "MERCURE_TEST_SERVER"


class Session:
    """What all servers of one run share: a directory, the certificates, and who is alive."""

    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="mercure-test-"))
        self.directory.chmod(0o755)
        self.authority = Authority(self.directory)
        self.servers = []

    def end(self):
        for server in list(self.servers):
            server.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


session = None  # set by conftest.py for the run


class Server:
    """`with Server("event", sites=[Site(...)]) as server:` runs it; the end of the block checks that it ends well.

    allow        patterns of error-log lines that this configuration is expected to cause
    descriptors  soft and hard limit of open files
    environment  variables of httpd's process
    """

    def __init__(self, mpm="event", sites=(Site(),), modules=(), load=MERCURE, allow=(), descriptors=None,
                 environment=None, **settings):
        self.mpm = mpm
        # A few requests at once take all the workers that a test's server has; what streams take is looked at by itself.
        self.allow = ["AH00161: |AH00484: ", *allow]
        self.mark = uuid.uuid4().hex
        self.directory = session.directory / self.mark[:8]
        self.ports = Ports(free_port(), free_port(), free_port())
        self.configuration = Configuration(mpm, tuple(sites), (*modules, *([load] if load else [])),
                                           user="www-data" if os.geteuid() == 0 else "", **settings)
        if load == MERCURE and "log_level" not in settings:
            self.configuration.log_level = "notice mercure:info"
        self.process = None
        self._descriptors = descriptors
        self._environment = {"PATH": os.environ["PATH"], "LANG": "C", _MARK: self.mark, **(environment or {})}
        self._prepare()
        self.log = ErrorLog(self.directory / "error.log")

    # Files.

    def _prepare(self):
        for name in ("", "run", "htdocs", "reports"):
            (self.directory / name).mkdir(mode=0o755, exist_ok=True)
        (self.directory / "reports").chmod(0o1777)
        if os.geteuid() == 0:
            # Some modules of httpd open files for the user of its children.
            account = pwd.getpwnam("www-data")
            os.chown(self.directory / "run", account.pw_uid, account.pw_gid)
        self.write("htdocs/index.html", "plain page\n")
        self.write_configuration()
        if SANITIZE:
            options = f"log_path={self.directory}/reports/report"
            self._environment.update(LD_PRELOAD=sanitizer_runtimes(),
                                     ASAN_OPTIONS=f"detect_leaks=0:abort_on_error=0:halt_on_error=1:{options}",
                                     UBSAN_OPTIONS=f"print_stacktrace=1:halt_on_error=1:{options}")

    def write(self, name, text, mode=0o644) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def write_configuration(self) -> Path:
        return self.write("httpd.conf", self.configuration.text(self.directory, self.ports, session.authority))

    def reconfigure(self, **changes):
        """Changes the configuration on disk; takes effect with the next graceful(), restart() or start()."""
        for name, value in changes.items():
            setattr(self.configuration, name, tuple(value) if name == "sites" else value)
        self.write_configuration()

    def access_log(self):
        path = self.directory / "access.log"
        return path.read_text(errors="replace").splitlines() if path.exists() else []

    # Life.

    def run_httpd(self, *arguments):
        """Exit code, output and messages of an httpd that serves nothing."""
        ran = subprocess.run([HTTPD, "-f", str(self.directory / "httpd.conf"), *arguments], capture_output=True, text=True,
                             env=self._environment, timeout=60 * PATIENCE)
        return ran.returncode, ran.stdout, ran.stderr

    def configtest(self):
        """Exit code and messages of `httpd -t`."""
        code, _, messages = self.run_httpd("-t")
        return code, messages

    def start(self):
        """Starts httpd in the foreground, as a child of this process, and waits until it serves."""
        after = self.log.mark()
        limit = self._descriptors

        def prepare_child():
            if limit:
                resource.setrlimit(resource.RLIMIT_NOFILE, limit)

        with open(self.directory / "stderr", "ab") as stderr:
            self.process = subprocess.Popen([HTTPD, "-f", str(self.directory / "httpd.conf"), "-DFOREGROUND"],
                                            stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, start_new_session=True,
                                            env=self._environment, preexec_fn=prepare_child)
        if self not in session.servers:
            session.servers.append(self)
        self._await_service(after)

    def _await_service(self, after):
        def serves():
            assert self.process.poll() is None, f"httpd ended with {self.process.returncode}:\n{self.messages()}"
            return self.log.matching("resuming normal operations", after) and self._accepts() and self._has_started()

        await_until(serves, 20, "httpd serves")

    def _has_started(self) -> bool:
        """Whether every child has all its threads: httpd's own children may crash when they are ended before that."""
        alive = sorted(len(processes.threads(pid)) for pid in self.child_pids())
        children = alive[1:] if "cgid" in self.configuration.modules else alive  # its daemon is a child too
        return bool(children) and children[0] >= self.configuration.threads_of_child

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.ports.control)) == 0

    def messages(self) -> str:
        return (self.directory / "stderr").read_text(errors="replace") + self.log.text()

    def graceful(self, wait=True):
        self._reload(signal.SIGUSR1, wait)

    def restart(self, wait=True):
        self.settle()
        self._reload(signal.SIGHUP, wait)

    def _reload(self, number, wait):
        after = self.log.mark()
        self.process.send_signal(number)
        if wait:
            self._await_service(after)

    def settle(self):
        """Waits until every thread sleeps: a child of mpm_event that is ended while a worker of it closes a connection
        may crash in its close_worker_sockets()."""
        def sleeps():
            pids = self.child_pids()
            return all(processes.sleeps(pid) for pid in pids + pids)

        await_until(sleeps, 5, "every thread of httpd sleeps")

    def stop(self, timeout=15):
        self._end(signal.SIGTERM, timeout)

    def graceful_stop(self, timeout=15):
        self._end(signal.SIGWINCH, timeout)

    def _end(self, number, timeout):
        """Asks httpd to end and checks that nothing of it is left."""
        if self.process is None:
            return
        self.settle()
        self.process.send_signal(number)
        try:
            code = self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            state = self.messages()
            self.kill()
            raise AssertionError(f"httpd does not end after signal {number}:\n{state}") from None
        try:
            assert code == 0, f"httpd ended with {code}:\n{self.messages()}"
            await_until(lambda: not processes.carrying(_MARK, self.mark), 5, "no process is left")
            assert not self._accepts(), "a port is still open"
        finally:
            self.kill()

    def kill(self):
        """For a server that can't be ended in order."""
        for pid in processes.carrying(_MARK, self.mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.process:
            self.process.wait()
            self.process = None
        if self in session.servers:
            session.servers.remove(self)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            self.kill()
            return
        self.stop()
        self.check(self.allow)

    # Health.

    def problems(self, allowed=()):
        """What no healthy server shows: unexpected log lines, and reports of sanitizers."""
        found = self.log.unexpected([*self.allow, *allowed])
        reports = sorted((self.directory / "reports").glob("report.*"))
        return found + [f"{report.name}:\n{report.read_text(errors='replace')}" for report in reports]

    def check(self, allowed=()):
        found = self.problems(allowed)
        assert not found, "the server's log is not clean:\n" + "\n".join(found)

    # Insight.

    def child_pids(self):
        return processes.children_of(self.process.pid)

    def keeper_pids(self):
        """Processes of this server that are neither httpd's parent nor a child of it."""
        known = {self.process.pid, *self.child_pids()}
        return sorted(pid for pid in processes.carrying(_MARK, self.mark)
                      if pid not in known and processes.name(pid) == "mercure-keeper")

    def await_children(self, count):
        return await_until(lambda: (lambda pids: pids if len(pids) == count else None)(self.child_pids()),
                           what=f"{count} children")

    def owner_of(self, connection):
        """The child or keeper that holds the server's end of a client's connection, and its descriptor there."""
        inode = processes.server_socket(*connection.ports())
        for pid in [*self.child_pids(), *self.keeper_pids()]:
            for number, target in processes.descriptors(pid).items():
                if target == f"socket:[{inode}]":
                    return pid, number
        return None

    def connect(self, tls=False, **options) -> Connection:
        """A connection to the clear or the TLS port."""
        port = self.ports.tls if tls else self.ports.clear
        return Connection(port, session.authority if tls else None, **options)

    def status(self) -> Status:
        with Connection(self.ports.control) as connection:
            response = connection.exchange(f"GET /server-status?auto HTTP/1.1\r\nHost: {CONTROL_NAME}\r\n"
                                           "Connection: close\r\n\r\n")
        assert response.status == 200, response
        return Status(response.text)

    def await_status(self, hub="hub.example.test", timeout=10, **values):
        """Waits until a hub's counters are as given: `await_status(Streams=3)`."""
        def reached():
            counters = self.status()[hub]
            return all(counters[name] == value for name, value in values.items())

        await_until(reached, timeout, f"{hub}: {values}", interval=0.03)
        return self.status()[hub]

    def await_owner(self, connection, wanted):
        """The process that holds the server's end of a connection, once it is one that is wanted."""
        def owner():
            found = self.owner_of(connection)
            return found and wanted(found[0]) and found[0]
        return await_until(owner, what="the stream's process")
