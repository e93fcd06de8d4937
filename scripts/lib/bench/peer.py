"""A hub that runs already. It is neither started nor stopped, so what it holds from before counts as well."""

import contextlib
import ipaddress
import os
import urllib.parse

from contender import Contender, Endpoint
from failure import Failure


class Peer(Contender):
    def __init__(self, text):
        """From NAME=SUBSCRIBE_URL,PUBLISH_URL,TOKEN."""
        self.name, _, rest = text.partition("=")
        try:
            self._subscribe, self._publish, self._token = rest.split(",")
        except ValueError:
            raise Failure(f"--peer {text}: expected NAME=SUBSCRIBE_URL,PUBLISH_URL,TOKEN") from None
        for url in (self._subscribe, self._publish):
            if not is_local(url):
                raise Failure(f"--peer {self.name}: {url} is no http or https URL of 127.x.x.x or localhost")
        self._topic = urllib.parse.parse_qs(urllib.parse.urlsplit(self._subscribe).query).get("topic", [""])[0]

    def serves(self, tls):
        return self._subscribe.startswith("https:") == tls

    @contextlib.contextmanager
    def running(self, _tls):
        parts = urllib.parse.urlsplit(self._subscribe)
        processes = listening_processes(parts.port or {"http": 80, "https": 443}[parts.scheme])
        yield Endpoint(self._subscribe, self._publish, processes, self._token, self._topic)


def is_local(url):
    try:
        parts = urllib.parse.urlsplit(url)
        local = parts.hostname == "localhost" or ipaddress.IPv4Address(parts.hostname or "").is_loopback
        return local and parts.scheme in ("http", "https") and (parts.port or 0) >= 0
    except ValueError:
        return False


def listening_processes(port):
    """Those that hold a socket listening on a TCP port: a server's parent, or several of its children."""
    wanted = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    return tuple(int(process) for process in os.listdir("/proc") if process.isdigit() and holds(process, wanted))


def listening_inodes(port):
    listening = "0A"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table) as file:
            for line in list(file)[1:]:
                fields = line.split()
                if fields[3] == listening and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def holds(process, links):
    directory = f"/proc/{process}/fd"
    with contextlib.suppress(OSError):  # another user's process, or one that has just ended
        for number in os.listdir(directory):
            if os.readlink(f"{directory}/{number}") in links:
                return True
    return False
