"""A keeper as a process: what it holds, and what it does not."""
import re

from harness import processes
from harness.hub import Hub


def test_a_keeper_holds_its_streams_and_nothing_of_httpds(start, open_kept):
    with start() as server:
        streams = open_kept(server)
        for keeper in server.keeper_pids():
            mine = [stream for stream in streams if stream.keeper == keeper]
            held = processes.descriptors(keeper)
            sockets = [target for target in held.values() if target.startswith("socket:")]
            assert len(sockets) == len(mine), "neither a listening socket nor another connection"
            assert not [number for number in range(3) if held.get(number, "/dev/null") not in ("/dev/null",)
                        and not held[number].endswith(".log")], held
            files = {target for target in held.values() if re.match(r"/(?!dev/null)", target)}
            assert files <= {f"{server.directory}/error.log"}, files
        for stream in streams:
            stream.close()


def test_a_keeper_is_named_and_on_its_own(start, open_kept):
    with start() as server:
        streams = open_kept(server)
        for keeper in server.keeper_pids():
            assert processes.title(keeper) == "mercure: keeper"
            assert processes.session(keeper) == keeper
            assert processes.blocked_signals(keeper, keeper) & ~(1 << 14) == 0, "nothing but SIGTERM, which it reads"
        for stream in streams:
            stream.close()


def test_reloads_in_a_row_hand_streams_to_no_second_keeper(start, open_kept):
    with start() as server:
        streams = open_kept(server)
        keepers = server.keeper_pids()
        for _ in range(3):
            server.graceful()
        assert server.keeper_pids() == keepers
        assert [server.owner_of(stream.connection)[0] for stream in streams] == [stream.keeper for stream in streams]
        for stream in streams:
            stream.close()
        with Hub(server).open("a") as stream:
            assert Hub(server).publish("a") == stream.next_event().id
