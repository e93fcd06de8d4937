"""The rooms' doors: httpd's headers stay in httpd/, and nothing points back up."""
import re

import pytest

from harness.environment import ROOT

ROOMS = ROOT / "mod_mercure"
MAY_KNOW = {"protocol": set(), "auth": {"protocol"}, "history": set(), "hub": {"protocol", "history"},
            "endpoint": {"hub", "auth", "protocol"},
            "mercurectl": {"protocol", "auth", "history"},
            "httpd": {"endpoint", "hub", "auth", "protocol"}}
HTTPD_HEADER = re.compile(r'#\s*include\s*[<"](httpd|http_|ap_|mod_|scoreboard|util_|mpm_)[a-z_0-9]*\.h')


def sources(room):
    return [path for path in (ROOMS / room).rglob("*") if path.suffix in (".cc", ".c", ".h")]


def test_every_room_is_known():
    assert {path.name for path in ROOMS.iterdir() if path.is_dir()} == set(MAY_KNOW)


@pytest.mark.parametrize("room", MAY_KNOW)
def test_doors_lead_one_way(room):
    for path in sources(room):
        for other in re.findall(r'#\s*include\s*"(\w+)/', path.read_text()):
            assert other == room or other in MAY_KNOW[room], f"{path.name} includes {other}/"


@pytest.mark.parametrize("room", sorted(set(MAY_KNOW) - {"httpd"}))
def test_only_one_room_knows_httpd(room):
    assert not [path.name for path in sources(room) if HTTPD_HEADER.search(path.read_text())]


@pytest.mark.parametrize("room", MAY_KNOW)
def test_files_are_short(room):
    assert not [path.name for path in sources(room) if len(path.read_text().splitlines()) > 600]
