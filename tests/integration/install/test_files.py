"""scripts/install and scripts/uninstall: which files come, stay and go."""
import os
import re
import shutil
import stat
import subprocess

import pytest

from harness.environment import MODULE, ROOT

LOAD, CONFIGURATION = "mods-available/mercure.load", "mods-available/mercure.conf"
STATE = "var/lib/apache2/mercure"


def snapshot(root):
    """Every file, link and directory with its mode and content, but for what a2enmod remembers in empty directories."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        elif not re.match(r"var/lib/apache2/module/", name):
            found[name] = stat.S_IMODE(path.stat().st_mode)
    return found


def uninstall(server, *arguments):
    return server.attempt(ROOT / "scripts/uninstall", "--root", server.root, *arguments)


def test_what_is_put_where(debian):
    before = snapshot(debian.root)
    said = debian.run(ROOT / "scripts/install", "--root", debian.root, "--module", MODULE)
    after = snapshot(debian.root)
    fresh = {name: value if isinstance(value, int) else value[0] for name, value in after.items() if name not in before}
    assert fresh == {
        "usr/lib/apache2/modules/mod_mercure.so": 0o644, "usr/sbin/mercurectl": 0o755,
        "etc/apache2/mods-available/mercure.load": 0o644,
        "etc/apache2/mods-available/mercure.conf": 0o644, "etc/apache2/mercure": 0o700,
        "etc/apache2/mercure/publisher.key": 0o600, "etc/apache2/mercure/subscriber.key": 0o600,
        "var/lib/apache2/mercure": 0o755, "usr/share/mod_mercure": 0o755, "usr/share/mod_mercure/mercure.load": 0o644,
        "usr/share/mod_mercure/mercure.conf": 0o644, "usr/share/mod_mercure/welcome": 0o755,
        "usr/share/mod_mercure/welcome/index.html": 0o644,
    }
    assert {name: after[name] for name in before} == before
    assert debian.module.read_bytes() == MODULE.read_bytes()
    for name in (LOAD, CONFIGURATION, "mercure/publisher.key", "mercure/subscriber.key"):
        assert str(debian.path(name)) in said
    assert "a2enmod mercure" in said and "configtest" in said and "reload apache2" in said


def test_keys_are_long_random_and_two(debian):
    debian.install()
    keys = [debian.path(f"mercure/{role}.key").read_text() for role in ("publisher", "subscriber")]
    assert all(re.fullmatch(r"[0-9a-f]{64}\n", key) for key in keys) and keys[0] != keys[1]


def test_an_upgrade_keeps_keys_and_history(installed):
    kept = ["etc/apache2/mercure/publisher.key", "etc/apache2/mercure/subscriber.key", f"{STATE}/hub/data.mdb"]
    (installed.root / STATE / "hub").mkdir()
    (installed.root / STATE / "hub/data.mdb").write_text("updates")
    before = snapshot(installed.root)
    said = installed.install()
    after = snapshot(installed.root)
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert "a2enmod" not in said and "reload apache2" in said


def test_the_module_is_replaced_by_rename(debian):
    """A server that runs the old one goes on with the old file."""
    debian.install()
    with open(debian.module, "rb") as running:
        old = os.fstat(running.fileno())
        debian.install()
        assert debian.module.stat().st_ino != old.st_ino
        assert (os.fstat(running.fileno()).st_nlink, running.read()) == (0, MODULE.read_bytes())
    assert [path.name for path in debian.module.parent.iterdir()] == ["mod_mercure.so"]


@pytest.fixture
def checkout(debian, tmp_path):
    """A checkout whose mercure.conf can change, as the next version's may."""
    for name in ("scripts", "conf"):
        shutil.copytree(ROOT / name, tmp_path / name)

    def install():
        return debian.run(tmp_path / "scripts/install", "--root", debian.root, "--module", MODULE)
    install.shipped = tmp_path / "conf/mercure.conf"
    return install


def change(path):
    path.write_text(path.read_text().replace("#MercureHeartbeat 25s", "MercureHeartbeat 15s"))
    return path.read_text()


def test_an_untouched_configuration_is_brought_up_to_date(debian, checkout):
    checkout()
    fresh = change(checkout.shipped)
    checkout()
    assert debian.path(CONFIGURATION).read_text() == fresh
    assert not debian.path(CONFIGURATION + ".new").exists()


def test_a_changed_configuration_is_never_overwritten(debian, checkout):
    checkout()
    own = change(debian.path(CONFIGURATION))
    assert "stays as you have it" in checkout()
    assert not debian.path(CONFIGURATION + ".new").exists(), "there is no new one"
    checkout.shipped.write_text("# the next version's\n")
    for _ in range(2):
        said = checkout()
        assert debian.path(CONFIGURATION).read_text() == own
    assert debian.path(CONFIGURATION + ".new").read_text() == "# the next version's\n"


def test_a_new_configuration_is_pointed_at(debian, checkout):
    checkout()
    change(debian.path(CONFIGURATION))
    checkout.shipped.write_text("# the next version's\n")
    fresh = debian.path(CONFIGURATION + ".new")
    assert str(fresh) in checkout().split()
    debian.path(CONFIGURATION).write_text(fresh.read_text())
    assert str(fresh) not in checkout().split() and not fresh.exists()


def test_a_module_that_httpd_cannot_load_is_not_installed(debian, tmp_path):
    debian.install()
    broken = tmp_path / "mod_mercure.so"
    broken.write_bytes(MODULE.read_bytes()[:4096])
    ran = debian.attempt(ROOT / "scripts/install", "--root", debian.root, "--module", broken)
    assert ran.returncode != 0 and f"httpd cannot load {broken}" in ran.stdout
    assert debian.module.read_bytes() == MODULE.read_bytes()


def test_a_module_alone_is_installed_without_mercurectl(debian, tmp_path):
    said = debian.install(shutil.copy(MODULE, tmp_path))
    assert f"{tmp_path}/mercurectl is missing" in said
    assert debian.module.exists() and not (debian.root / "usr/sbin/mercurectl").exists()


def test_uninstalling_leaves_nothing_but_the_history(debian):
    before = snapshot(debian.root)
    debian.install()
    debian.run("a2enmod", "mercure")
    debian.path(CONFIGURATION + ".new").write_text("")
    history = debian.root / STATE / "messages.example.com"
    history.mkdir()
    (history / "data.mdb").write_text("updates")
    ran = uninstall(debian)
    assert ran.returncode == 0, ran.stdout
    after = snapshot(debian.root)
    left = {name for name in after if name not in before}
    assert left == {STATE, f"{STATE}/messages.example.com", f"{STATE}/messages.example.com/data.mdb"}
    assert {name: after[name] for name in before} == before
    assert debian.configtest()[0] == 0
    for name in ("mercure/publisher.key", "mercure/subscriber.key", LOAD):
        assert str(debian.path(name)) in ran.stdout, "it says so"
    assert f"{debian.root}/{STATE} stays" in ran.stdout


def test_without_a_history_nothing_at_all_is_left(debian):
    before = snapshot(debian.root)
    debian.install()
    for _ in range(2):
        assert uninstall(debian).returncode == 0
        assert snapshot(debian.root) == before


def test_other_keys_stay(installed):
    other = installed.path("mercure/other.pem")
    other.write_text("a key")
    assert f"{other.parent} stays" in uninstall(installed).stdout
    assert [path.name for path in other.parent.iterdir()] == ["other.pem"]


IN_USE = {"a site": ("sites-enabled/a.conf", "<VirtualHost *:80>\nServerName a\n\tMercure On\n</VirtualHost>\n", 3),
          "behind the module's section": ("sites-enabled/a.conf", "<IfModule mod_mercure.c>\nMercure On\n</IfModule>\n"
                                          "<IfModule ssl_module>\nmercurepath /hub\n</IfModule>\n", 5),
          "an issuer's section": ("sites-enabled/a.conf", "<VirtualHost *:80>\n<MercureIssuer \"a\">\n", 2),
          "the main server": ("apache2.conf", "MercureHeartbeat 15s\n", 1)}


@pytest.mark.parametrize("name, text, line", IN_USE.values(), ids=IN_USE.keys())
def test_uninstalling_refuses_what_would_stop_httpd(installed, name, text, line):
    path = installed.path(name)
    path.write_text(text)
    before = snapshot(installed.root)
    ran = uninstall(installed)
    assert ran.returncode != 0 and f"{path}:{line}: " in ran.stdout, ran.stdout
    assert snapshot(installed.root) == before


def test_the_sample_does_not_keep_the_module(installed, sample):
    installed.add_site("messages", sample)
    assert uninstall(installed).returncode == 0
    assert installed.configtest()[0] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("script", ["install", "uninstall"])
def test_only_root_changes_the_machines_own_apache(debian, script):
    shutil.copytree(ROOT / "scripts", debian.directory / "scripts")
    ran = subprocess.run([debian.directory / "scripts" / script], user="nobody", capture_output=True, text=True,
                         timeout=60, check=False)
    assert ran.returncode != 0 and "only root" in ran.stderr and f"sudo scripts/{script}" in ran.stderr
