"""Where things are on this machine, and what the caller asked for through environment variables.

MERCURE_MODULE    the module to load; build/mod_mercure.so of this tree otherwise
MERCURE_SANITIZE  "1": the module was built with ASan and UBSan, whose runtimes httpd must preload
"""
import functools
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULE = Path(os.environ.get("MERCURE_MODULE", ROOT / "build" / "mod_mercure.so")).resolve()
LOAD_GENERATOR = MODULE.parent / "tests" / "bench" / "sseload"
SUBSCRIBERS = MODULE.parent / "tests" / "load" / "subscribers"
SANITIZE = os.environ.get("MERCURE_SANITIZE", "") not in ("", "0")

HTTPD = shutil.which("apache2") or "/usr/sbin/apache2"

# Sanitized code is several times slower; every wait stretches with it.
PATIENCE = 4.0 if SANITIZE else 1.0


@functools.lru_cache(maxsize=None)
def module_directory() -> Path:
    found = subprocess.run(["apxs", "-q", "LIBEXECDIR"], capture_output=True, text=True, check=False)
    return Path(found.stdout.strip() or "/usr/lib/apache2/modules")


@functools.lru_cache(maxsize=None)
def sanitizer_runtimes() -> str:
    """The shared libraries for LD_PRELOAD, in the compiler's own order."""
    names = ["libasan.so", "libubsan.so"]
    found = [subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
             for name in names]
    return ":".join(os.path.realpath(path) for path in found)


# Beside package apache2, mod_php is not installed for the tests; and PHP opens libraries in a way that a sanitizer's
# runtime refuses.
PHP_RUNS = (module_directory() / "libphp8.2.so").exists() and not SANITIZE
