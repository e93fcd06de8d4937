"""URL patterns: what the module makes of them is what a JavaScript implementation makes of them, but for the
differences that are known."""
import shutil
import subprocess

import pytest

from harness.environment import MODULE, ROOT

SOURCES = ROOT / "tests" / "differential"
BUILT = MODULE.parent / "tests" / "differential"
LOCK_FILE = "package-lock.json"


def run(*command, **options):
    assert shutil.which(command[0]), f"{command[0]} is missing: install Debian's packages nodejs and npm"
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def packages():
    """The directory with the npm packages of the lock file, installed beside what was built."""
    installed = BUILT / LOCK_FILE
    wanted = (SOURCES / LOCK_FILE).read_text()
    if not installed.exists() or installed.read_text() != wanted:
        shutil.copy(SOURCES / "package.json", BUILT)
        shutil.copy(SOURCES / LOCK_FILE, BUILT)
        try:
            run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=BUILT)
        except BaseException:
            installed.unlink()
            raise
    return BUILT


def test_url_patterns_match_as_a_javascript_implementation_matches_them(packages):
    run("node", str(SOURCES / "url_pattern.mjs"), str(BUILT / "url_pattern_lines"), str(packages))
