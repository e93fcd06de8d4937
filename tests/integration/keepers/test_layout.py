"""A reload into a build with another layout of the shared memory: every stream is cut, and comes back."""
import shutil

from harness import server as servers
from harness.configuration import MERCURE
from harness.environment import MODULE
from harness.hub import Hub


def test_a_build_with_another_layout_loses_nobody_but_by_a_cut(start, open_kept, mpm):
    installed = servers.session.directory / f"mod_mercure-layout-{mpm}.so"

    def install(module):
        fresh = installed.with_suffix(".new")
        shutil.copy(module, fresh)
        fresh.rename(installed)

    install(MERCURE[1])
    with start(load=("mercure_module", installed), log_level="notice mercure:info") as server:
        hub = Hub(server)
        for module in (MODULE.with_name("mod_mercure_next_layout.so"), MERCURE[1]):
            streams = open_kept(server) + [hub.open("a") for _ in range(3)]
            install(module)
            server.graceful()
            for stream in streams:
                stream.await_end()
                assert not stream.torn and len(stream.retries) == 1
                stream.close()
            server.await_status(Streams=0, Keepers=0)
            with hub.open("a") as stream:
                assert hub.publish("a") == stream.next_event().id
