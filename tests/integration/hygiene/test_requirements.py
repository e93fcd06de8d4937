"""Every requirement of the three lists has a test that carries its id, or a reason why none does."""
import re

import pytest

from harness.environment import ROOT
from harness.requirements import requirements_in, shown_requirements

LIST = ROOT / "tests" / "requirements.txt"
# How many the three lists have: none may be lost.
COUNTS = {"P0": 205, "P1": 229, "ANY": 44}


def requirements():
    """Each id, and the reason beside it, or an empty text."""
    lines = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return dict(re.fullmatch(r"((?:P0|P1)-[A-Z]+-\d\d|ANY-\d\d)(?:: (.{10,}))?", line).groups(default="") for line in lines)


TESTS = shown_requirements()


def test_none_is_missing():
    found = [requirement.split("-")[0] for requirement in requirements()]
    assert {protocol: found.count(protocol) for protocol in COUNTS} == COUNTS


@pytest.mark.parametrize("requirement, reason", requirements().items())
def test_it_is_shown_or_explained(requirement, reason):
    shown = TESTS.get(requirement, [])
    assert shown or reason, f"{requirement}: no test has it in its name, and no reason is given"
    assert not (shown and reason), f"{requirement}: it is said that no test shows it, but: {shown}"


@pytest.mark.parametrize("requirement, reason", [item for item in requirements().items() if item[1]])
def test_what_a_reason_names_is_there(requirement, reason):
    """Other requirements, which then have tests, and files."""
    for other in re.findall(r"\b(?:P[01]-[A-Z]+|ANY)-\d\d\b", reason):
        assert TESTS.get(other), f"{requirement} refers to {other}, which no test shows"
    for path in re.findall(r"[\w/]+\.(?:py|cc)\b", reason):
        assert list((ROOT / "tests").rglob(path.split("/")[-1])), f"{requirement} refers to {path}"


def test_no_test_names_a_requirement_that_there_is_not():
    unknown = {requirement: tests for requirement, tests in TESTS.items() if requirement not in requirements()}
    assert not unknown


@pytest.mark.parametrize("name, ids", [
    ("P1_SUB_01_09_names", {"P1-SUB-01", "P1-SUB-09"}),
    ("ANY_18_to_21_rules", {"ANY-18", "ANY-19", "ANY-20", "ANY-21"}),
    ("P1_SUB_01_MAT_02_ANY_47_x", {"P1-SUB-01", "P1-MAT-02", "ANY-47"}),
    ("P0_TOK_05_06_P1_TOK_07", {"P0-TOK-05", "P0-TOK-06", "P1-TOK-07"}),
    ("P1-AD-06 a bare string", {"P1-AD-06"}),
    ("a_test_of_nothing", set()),
])
def test_how_names_are_read(name, ids):
    assert requirements_in(name) == ids


def test_the_listing():
    """Each id with its tests, for whoever wants to read them: build/requirements.txt."""
    lines = []
    for requirement, reason in requirements().items():
        lines.append(f"{requirement}: {reason}" if reason else requirement)
        lines += [f"    {test}" for test in sorted(set(TESTS.get(requirement, [])))]
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "requirements.txt").write_text("\n".join(lines) + "\n")
    assert len(lines) > 900
