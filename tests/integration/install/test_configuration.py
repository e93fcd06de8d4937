"""What scripts/install puts into /etc/apache2, before httpd and its administrator."""
import re

import pytest

from harness import certbot

SITE = "messages.example.test"


def check(server):
    """configtest is content; what it says, but for httpd's own name."""
    code, said = server.configtest()
    assert code == 0, said
    return [line for line in said.splitlines() if "AH00558" not in line]


def test_as_shipped(installed):
    assert check(installed) == ["Syntax OK"]


def test_with_every_line_uncommented(installed):
    """Comments begin with a blank, directives do not."""
    path = installed.path("mods-available/mercure.conf")
    text, count = re.subn(r"(?m)^#(?! |$)", "", path.read_text())
    assert count > 20
    path.write_text(installed.adapted(text))
    assert check(installed)[-1] == "Syntax OK"


def test_the_sample_needs_no_change(installed, sample):
    installed.add_site("messages", sample.replace("example.test", "example.com"))
    said = check(installed)
    assert said[-1] == "Syntax OK" and "clear text" in said[0] and len(said) == 2


@pytest.fixture
def secured(debian, sample, authority):
    """The two virtual hosts that certbot leaves, of which the clear one refuses tokens as the sample advises."""
    debian.install()
    debian.run("a2enmod", "mercure", *certbot.MODULES)
    debian.add_site(SITE, sample)
    certbot.obtain(debian, "example.test", authority)
    certbot.secure(debian, SITE, "example.test")
    path = debian.path(f"sites-available/{SITE}.conf")
    path.write_text(path.read_text().replace("#MercureRequireTLS", "MercureRequireTLS"))
    return debian


def test_what_certbot_makes_of_it_causes_no_warning(secured):
    assert check(secured) == ["Syntax OK"]


def test_without_the_module_the_sites_are_still_fine(secured):
    secured.run("a2dismod", "mercure")
    assert check(secured) == ["Syntax OK"]
