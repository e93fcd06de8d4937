"""URLs: what the module makes of them is what Node makes of them, but for the differences that are known."""
import shutil
import subprocess

from harness.environment import MODULE, ROOT

URL_LINES = MODULE.parent / "tests" / "differential" / "url_lines"
COMPARISON = ROOT / "tests" / "differential" / "url.mjs"


def test_urls_are_read_as_node_reads_them():
    node = shutil.which("node")
    assert node, "Debian's package nodejs is missing"
    run = subprocess.run([node, COMPARISON, URL_LINES], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
