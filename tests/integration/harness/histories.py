"""Histories to look at, written by a program that stands in for a hub."""
import dataclasses
import datetime
import subprocess

from .environment import MODULE, PATIENCE

WRITER = MODULE.parent / "mod_mercure/mercurectl/write_history"
MERCURECTL = MODULE.parent / "mercurectl"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class Update:
    sequence: int
    published: int  # in µs since 1970
    flags: int
    id: str
    topics: tuple
    event: bytes

    def line(self):
        fields = (self.sequence, self.published, self.flags, self.id.encode().hex(), " ".join(self.topics),
                  self.event.hex())
        return "\t".join(map(str, fields)) + "\n"

    def when(self):
        return (EPOCH + datetime.timedelta(microseconds=self.published)).isoformat("T", "microseconds")[:-6] + "Z"

    def expected(self):
        """The object that a dump has for it."""
        return {"sequence": self.sequence, "published": self.when(), "id": self.id, "topics": list(self.topics),
                "private": bool(self.flags & 1), "madeByHub": bool(self.flags & 2),
                "generation": {0: "0.x", 1: "1.0"}[self.flags >> 4], "event": self.event.decode()}


def update(sequence, size=20, flags=0):
    event = f"id: urn:u:{sequence}\ndata: {'é' * (size // 2)}\n\n"
    return Update(sequence, 1_700_000_000_000_000 + sequence * 1_000_001, flags, f"urn:u:{sequence}",
                  tuple(f"https://example.com/{number}" for number in range(sequence % 3 + 1)), event.encode())


class Writer:
    """A process that has a history open, as a hub's processes have."""

    def __init__(self, directory, size=64 << 20):
        self.process = subprocess.Popen([WRITER, directory, str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self._expect("open")

    def _expect(self, line):
        assert self.process.stdout.readline() == line + "\n"

    def store(self, *updates):
        # A few at a time, so that neither pipe fills.
        for start in range(0, len(updates), 200):
            some = updates[start:start + 200]
            self.process.stdin.writelines(each.line() for each in some)
            self.process.stdin.flush()
            for _ in some:
                self._expect("stored")

    def kill(self):
        self.process.kill()
        self._reap()

    def _reap(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30 * PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._reap()


def mercurectl(*arguments, program=MERCURECTL, **options):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=60 * PATIENCE,
                          check=False, **options)
