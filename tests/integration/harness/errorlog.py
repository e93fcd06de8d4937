"""httpd's error log, and what a healthy one may hold."""
import re
from pathlib import Path

from .waiting import await_until

_HEADER = re.compile(r"^\[[^\]]+\] \[(?P<module>[\w-]*):(?P<level>\w+)\] (?P<rest>.*)$")

# What httpd says of itself at start, reload and end.
_ORDINARY = [re.compile(pattern) for pattern in (
    r"^\[mpm_\w+:notice\] .*AH00(163|292|489): .*resuming normal operations",
    r"^\[mpm_\w+:notice\] .*AH00(171|297|493): .*(SIGUSR1|[Gg]raceful) ",
    r"^\[mpm_\w+:notice\] .*AH00(170|296|492): caught SIGWINCH, shutting down gracefully",
    r"^\[mpm_\w+:notice\] .*AH00(169|295|491): caught SIGTERM, shutting down",
    r"^\[mpm_\w+:notice\] .*AH00(173|298|494): SIGHUP received",
    r"^\[core:notice\] .*AH00094: Command line: ",
    r"^\[mercure:(notice|info|debug|trace\d)\] ",
    # The machine's OpenSSL is some patch releases behind the one that mod_ssl was built with.
    r"^\[ssl:warn\] .*AH01882: ",
    # What a hub advises at its start.
    r"^\[mercure:warn\] .*MERCURE0010: .*(tokens are accepted over clear text|Protocols lists h2|MaxConnectionsPerChild is|"
    r"limit of open files is only)",
)]

# Nothing excuses these.
_CRASHES = re.compile(r"exit signal|AddressSanitizer|LeakSanitizer|runtime error:|AH00052|[Ss]egmentation fault|"
                      r"double free|corrupted|pure virtual|terminate called|stack smashing")


class ErrorLog:
    def __init__(self, path: Path):
        self.path = path
        self._checked = 0

    def text(self) -> str:
        return self.path.read_text(errors="replace") if self.path.exists() else ""

    def lines(self, after=0):
        return self.text()[after:].splitlines()

    def mark(self) -> int:
        """A place in the log, for `after`."""
        return len(self.text())

    def matching(self, pattern, after=0):
        return [line for line in self.lines(after) if re.search(pattern, line)]

    def await_line(self, pattern, after=0, timeout=10):
        """The first line that matches, once there is one."""
        return await_until(lambda: self.matching(pattern, after), timeout, f"error log line {pattern!r}")[0]

    def unexpected(self, allowed=()):
        """The lines since the last call that neither httpd's routine nor `allowed` patterns explain."""
        text = self.text()
        whole = text.rfind("\n") + 1
        fresh, self._checked = text[self._checked:whole], whole
        return [line for line in fresh.splitlines() if not _is_expected(line, allowed)]


def _is_expected(line, allowed) -> bool:
    excused = any(re.search(pattern, line) for pattern in allowed)
    if _CRASHES.search(line):
        return excused
    header = _HEADER.match(line)
    if not header:
        return excused
    tagged = f"[{header['module']}:{header['level']}] {header['rest']}"
    return excused or any(pattern.match(tagged) for pattern in _ORDINARY)
