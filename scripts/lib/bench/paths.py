"""Where things are."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
SOURCES = ROOT / "tests" / "bench"
BUILD = ROOT / "build" / "bench"
TLS = BUILD / "tls"  # localhost.crt and localhost.key

MODULE = BUILD / "mod_mercure.so"
HTTPD = pathlib.Path("/usr/sbin/apache2")
HTTPD_MODULES = pathlib.Path("/usr/lib/apache2/modules")
NGINX = pathlib.Path("/usr/sbin/nginx")
NCHAN = pathlib.Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
