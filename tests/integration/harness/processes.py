"""What /proc tells about the processes of a server."""
import os
import re
from pathlib import Path


def children_of(pid):
    """Direct children, in the order they were started."""
    found = []
    for task in _entries(f"/proc/{pid}/task"):
        found += [int(word) for word in _read(f"/proc/{pid}/task/{task}/children").split()]
    return sorted(found)


def carrying(variable, value):
    """Every process with this environment variable, wherever it hangs in the process tree."""
    wanted = f"{variable}={value}".encode()
    return [int(entry) for entry in _entries("/proc")
            if entry.isdigit() and wanted in _read_bytes(f"/proc/{entry}/environ").split(b"\0")
            and not _read(f"/proc/{entry}/stat").rpartition(")")[2].strip().startswith("Z")]


def name(pid) -> str:
    return _read(f"/proc/{pid}/comm").strip()


def title(pid) -> str:
    """The command line, as ps shows it."""
    return _read(f"/proc/{pid}/cmdline").replace("\0", " ").strip()


def session(pid) -> int:
    return int(_read(f"/proc/{pid}/stat").rpartition(")")[2].split()[3])


def descriptors(pid):
    """Descriptor number to what it points at."""
    found = {}
    for entry in _entries(f"/proc/{pid}/fd"):
        try:
            found[int(entry)] = os.readlink(f"/proc/{pid}/fd/{entry}")
        except OSError:
            pass
    return found


def descriptor_flags(pid, number) -> int:
    return int(re.search(r"^flags:\s*([0-7]+)", _read(f"/proc/{pid}/fdinfo/{number}"), re.M)[1], 8)


def threads(pid):
    return {int(task) for task in _entries(f"/proc/{pid}/task")}


def sleeps(pid) -> bool:
    """Whether every thread waits for something."""
    states = [_read(f"/proc/{pid}/task/{thread}/stat").rpartition(")")[2].split()[:1] for thread in threads(pid)]
    return all(state in (["S"], []) for state in states)


def blocked_signals(pid, thread) -> int:
    """A bit mask, bit 0 for signal 1."""
    return int(re.search(r"^SigBlk:\s*([0-9a-f]+)", _read(f"/proc/{pid}/task/{thread}/status"), re.M)[1], 16)


def limits(pid, name):
    """Soft and hard limit, such as of "Max open files"."""
    found = re.search(rf"^{name}\s+(\d+|unlimited)\s+(\d+|unlimited)", _read(f"/proc/{pid}/limits"), re.M)
    return int(found[1]), int(found[2])


def maps(pid) -> str:
    return _read(f"/proc/{pid}/maps")


def cpu_seconds(pid) -> float:
    """User and system time of the whole process so far."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def private_memory(pid) -> int:
    """Bytes that only this process uses."""
    rollup = _read(f"/proc/{pid}/smaps_rollup")
    return sum(int(size) for size in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", rollup, re.M)) * 1024


def server_socket(server_port, client_port):
    """The inode of the server's end of a loopback connection; none when it is gone."""
    wanted = f"0100007F:{server_port:04X}", f"0100007F:{client_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if (fields[1], fields[2]) == wanted and fields[9] != "0":
            return int(fields[9])
    return None


def _entries(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def _read_bytes(path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _read(path) -> str:
    return _read_bytes(path).decode(errors="replace")
