"""Where things are, and what the integration tests' harness lends: as much of it as needs nothing but Python."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
CONFIGURATION = ROOT / "tests" / "load" / "httpd.conf"
BUILD = ROOT / "build" / "soak"

MODULE = BUILD / "mod_mercure.so"
SUBSCRIBERS = BUILD / "subscribers"
HTTPD = pathlib.Path("/usr/sbin/apache2")
HTTPD_MODULES = pathlib.Path("/usr/lib/apache2/modules")

sys.path.append(str(ROOT / "tests" / "integration"))
