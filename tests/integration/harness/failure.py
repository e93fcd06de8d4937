"""What went wrong with one connection of somebody who works beside a test."""
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Failure:
    what: str
    port: int = 0    # the client's own; 0: there was no connection
    when: float = field(default_factory=time.monotonic)
