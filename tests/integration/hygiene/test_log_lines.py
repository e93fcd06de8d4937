"""Every line that the module writes into a log has an id of its own, and README.md explains it."""
import re

import pytest

from harness.environment import ROOT

SOURCES = {path.name: path.read_text() for path in (ROOT / "mod_mercure").rglob("*") if path.suffix in (".cc", ".c", ".h")}
ID = re.compile(r"MERCURE_LOG_ID\((\d{4})\)")
USED = sorted({number for text in SOURCES.values() for number in ID.findall(text)})


def explained():
    return re.findall(r"^\| `MERCURE(\d{4})` \|", (ROOT / "README.md").read_text(), re.M)


def test_there_are_lines():
    assert len(USED) >= 10


@pytest.mark.parametrize("name", sorted(name for name, text in SOURCES.items() if re.search(r"\bap_log_\w*error\(", text)))
def test_every_call_has_an_id(name):
    calls = re.findall(r"\bap_log_\w*error\(.*?;\n", SOURCES[name], re.S)
    assert calls and not [call for call in calls if not ID.search(call)]


def test_an_id_is_used_in_one_file_only():
    owners = {number: [name for name, text in SOURCES.items() if number in ID.findall(text)] for number in USED}
    assert not {number: names for number, names in owners.items() if len(names) > 1}


@pytest.mark.parametrize("number", USED)
def test_a_line_is_explained(number):
    assert number in explained(), f"MERCURE{number} is not in README.md"


def test_nothing_explained_is_made_up():
    assert explained() == USED, "in the order of the numbers"
