"""Every directive is merged, documented and tested: forgetting one of the three is a red test."""
import re
from pathlib import Path

import pytest

from harness.environment import ROOT

HTTPD = ROOT / "mod_mercure" / "httpd"
HERE = Path(__file__).resolve().parents[1]


def command_table():
    return re.findall(r'AP_INIT_\w+\(\s*"(\w+)"', (HTTPD / "mod_mercure.c").read_text())


def fields_of(name, text):
    """The data members of a struct."""
    body = re.search(rf"struct {name} \{{(.*?)\n\}};", text, re.S)[1]
    body = re.sub(r"//[^\n]*", "", body)
    members = re.findall(r"([A-Za-z_]\w*)(?:\s*(?:=[^;]*|\{[^;{}]*\}))?;", body)
    return [member for member in members if not re.search(rf"\b{member}\(", body)]


def test_there_are_directives():
    assert len(command_table()) >= 20 and "Mercure" in command_table()


def test_every_setting_is_merged():
    """Each member of a virtual host's settings stands on the left of a merge."""
    members = fields_of("ServerConfig", (HTTPD / "server_config.h").read_text())
    merge = (HTTPD / "server_config.cc").read_text().partition("mercure_merge_server_config(")[2]
    not_settings = {"site"}  # resolved after the merge
    assert len(members) >= 20
    assert not [member for member in members if member not in not_settings
                and not re.search(rf"merged\.{member}\b", merge)]


@pytest.mark.parametrize("directive", command_table())
def test_a_directive_is_documented(directive):
    assert re.search(rf"`{directive}\b", (ROOT / "README.md").read_text()), f"{directive} is not in README.md"


@pytest.mark.parametrize("directive", command_table())
def test_a_directive_is_tested(directive):
    tests = [path for path in HERE.rglob("test_*.py") if path != Path(__file__).resolve()]
    assert any(re.search(rf"\b{directive}\b", path.read_text()) for path in tests)


def test_nothing_documented_is_made_up():
    """README.md names no directive that the module does not know."""
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.count(" | ") == 3]
    named = {name for row in rows for name in re.findall(r"^\| `(Mercure\w*)", row)}
    assert named and named <= set(command_table())
