"""Every directive is merged, documented and tested: forgetting one of the three is a red test."""
import re
from pathlib import Path

import pytest

from harness.environment import ROOT

HTTPD = ROOT / "mod_mercure" / "httpd"
HERE = Path(__file__).resolve().parents[1]

# Directives of conf/mercure.conf, all of them commented, and their values.
CONFIGURED = dict(re.findall(r"(?m)^#\t*(Mercure\w*) (.*)", (ROOT / "conf" / "mercure.conf").read_text()))


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
def test_a_directive_is_in_the_installed_configuration(directive):
    assert directive in CONFIGURED, f"{directive} is not in conf/mercure.conf, commented"


@pytest.mark.parametrize("directive", command_table())
def test_a_directive_is_tested(directive):
    tests = [path for path in HERE.rglob("test_*.py") if path != Path(__file__).resolve()]
    assert any(re.search(rf"\b{directive}\b", path.read_text()) for path in tests)


def documented():
    """README.md's directives and their defaults."""
    lines = (ROOT / "README.md").read_text().splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.count(" | ") == 3]
    return {row[0].strip("`"): row[2] for row in rows if row[0].startswith("`Mercure")}


def test_nothing_documented_is_made_up():
    """README.md and conf/mercure.conf name no directive that the module does not know."""
    assert documented() and set(documented()) <= set(command_table())
    assert set(CONFIGURED) <= set(command_table())


def test_the_installed_configuration_shows_the_defaults():
    """Where README.md has a value, and the directive is not one that belongs into a virtual host."""
    defaults = {name: re.match(r"`([^`]+)`", default) for name, default in documented().items()}
    general = re.findall(r"(?m)^#(Mercure\w*)", (ROOT / "conf" / "mercure.conf").read_text())
    shown = {name: default[1] for name, default in defaults.items() if default and name in general}
    del shown["MercureMaxKeepers"]  # by default as many as another directive says
    assert len(shown) >= 12
    assert shown == {name: CONFIGURED[name] for name in shown}
