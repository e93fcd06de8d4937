"""The text of a test server's httpd.conf."""
from dataclasses import dataclass, field
from pathlib import Path
from typing import Tuple

from .environment import MODULE, module_directory
from .ports import HOST
from .tokens import SECRET

MPMS = ("event", "worker", "prefork")
THREADED_MPMS = ("event", "worker")

# Processes to choose from, for tests that need several, by MPM: `Server(mpm, **SEVERAL_CHILDREN[mpm])`.
SEVERAL_CHILDREN = {"event": dict(children=4, threads=4), "worker": dict(children=4, threads=4), "prefork": dict(children=8)}
FEW_CHILDREN = {"event": dict(children=2, threads=8), "worker": dict(children=2, threads=8), "prefork": dict(children=4)}

MERCURE = ("mercure_module", MODULE)

# A hub with one secret for both roles, nothing else changed.
KEYS = f"MercurePublisherJWT {SECRET}\nMercureSubscriberJWT {SECRET}\n"
HUB = "Mercure On\n" + KEYS

CONTROL_NAME = "control.example.test"

_BASE_MODULES = ("authz_core", "authz_host", "mime", "dir", "alias", "headers", "status", "env", "setenvif")


@dataclass(frozen=True)
class Site:
    """A name-based virtual host, on the clear port, the TLS port, or both."""
    name: str = "hub.example.test"
    directives: str = HUB
    clear: bool = True
    tls: bool = True
    tls_directives: str = ""


@dataclass(frozen=True)
class Ports:
    clear: int
    tls: int
    control: int


@dataclass
class Configuration:
    mpm: str
    sites: Tuple[Site, ...]
    modules: Tuple[object, ...] = ()       # names of httpd's own modules, or (identifier, path) of others
    children: int = 0                      # 0: one, or six under prefork
    threads: int = 8
    directives: str = ""                   # in server context, before the virtual hosts
    log_level: str = "notice"
    mpm_directives: str = ""               # replaces what children and threads give
    user: str = ""
    addresses: Tuple[str, ...] = (HOST,)   # what the virtual hosts listen on, such as "[::1]"
    extra: dict = field(default_factory=dict)

    def __post_init__(self):
        self.children = self.children or (6 if self.mpm == "prefork" else 1)

    def text(self, directory: Path, ports: Ports, authority) -> str:
        uses_tls = any(site.tls for site in self.sites)
        parts = [self._modules(uses_tls), self._server(directory, ports, uses_tls), self._mpm(), self.directives,
                 self._control(ports)]
        for site in self.sites:
            if site.clear:
                parts.append(self._virtual_host(ports.clear, site, directory, ""))
            if site.tls:
                parts.append(self._virtual_host(ports.tls, site, directory, _tls(authority) + site.tls_directives))
        return "\n".join(parts)

    @property
    def threads_of_child(self) -> int:
        """Once it has started: its workers, a listener and the first thread, or a single one under prefork."""
        return 1 if self.mpm == "prefork" else self.threads + 2

    def _modules(self, uses_tls) -> str:
        wanted = [f"mpm_{self.mpm}", *_BASE_MODULES]
        if uses_tls:
            wanted += ["ssl", "socache_shmcb"]
        # As Debian's a2enmod has it, in the order of their names: hooks of one rank run in the order of loading.
        modules = dict(module if isinstance(module, tuple) else _own_module(module) for module in [*wanted, *self.modules])
        in_order = sorted(modules.items(), key=lambda module: module[0].replace("_module", ".load"))
        lines = [f"LoadModule {identifier} {path}" for identifier, path in in_order]
        return "\n".join(lines)

    def _server(self, directory, ports, uses_tls) -> str:
        lines = [f'ServerRoot "{directory}"', "DefaultRuntimeDir run", "PidFile run/httpd.pid",
                 "ServerName server.example.test", f'ErrorLog "{directory}/error.log"', f"LogLevel {self.log_level}",
                 'LogFormat "%v %h \\"%r\\" %>s %X %O" seen', f'CustomLog "{directory}/access.log" seen',
                 f'DocumentRoot "{directory}/htdocs"', "TypesConfig /etc/mime.types", "Timeout 20", "KeepAliveTimeout 5",
                 "MaxKeepAliveRequests 0",
                 f'<Directory "{directory}/htdocs">\nOptions All\nAllowOverride All\nRequire all granted\n</Directory>']
        lines += [f"Listen {HOST}:{ports.control}", *(f"Listen {address}:{ports.clear}" for address in self.addresses)]
        if uses_tls:
            lines += [f"Listen {address}:{ports.tls} https" for address in self.addresses]
            lines.append("SSLSessionCache shmcb:run/tls(512000)")
        if self.user:
            lines += [f"User {self.user}", f"Group {self.user}"]
        lines.append(f'<IfModule mercure_module>\nMercureHistory "{directory}/history"\n</IfModule>')
        return "\n".join(lines)

    def _mpm(self) -> str:
        if self.mpm_directives:
            return self.mpm_directives
        if self.mpm == "prefork":
            return (f"StartServers {self.children}\nMinSpareServers 1\nMaxSpareServers {self.children}\n"
                    f"ServerLimit {self.children}\nMaxRequestWorkers {self.children}")
        workers = self.children * self.threads
        return (f"StartServers {self.children}\nServerLimit {2 * self.children}\nThreadLimit {self.threads}\n"
                f"ThreadsPerChild {self.threads}\nMaxRequestWorkers {workers}\nMinSpareThreads 1\n"
                f"MaxSpareThreads {max(workers, 1 + self.threads)}")

    def _virtual_host(self, port, site, directory, tls) -> str:
        addresses = " ".join(f"{address}:{port}" for address in self.addresses)
        directives = site.directives.replace("{directory}", str(directory))
        name = f"ServerName {site.name}\n" if site.name else ""
        return f"<VirtualHost {addresses}>\n{name}{tls}{directives}\n</VirtualHost>"

    @staticmethod
    def _control(ports) -> str:
        return (f"<VirtualHost {HOST}:{ports.control}>\nServerName {CONTROL_NAME}\n"
                "<Location /server-status>\nSetHandler server-status\n</Location>\n</VirtualHost>")


def _own_module(name):
    """php8.2's file is libphp8.2.so and its identifier php_module; all others follow one pattern."""
    if name.startswith("php"):
        return "php_module", module_directory() / f"lib{name}.so"
    return f"{name}_module", module_directory() / f"mod_{name}.so"


def _tls(authority) -> str:
    return (f'SSLEngine On\nSSLCertificateFile "{authority.server.certificate}"\n'
            f'SSLCertificateKeyFile "{authority.server.key}"\nSSLCACertificateFile "{authority.certificate}"\n')
