"""Modules that give each request a user of its own can't live beside streams; a stand-in has only their names."""
import subprocess

import pytest

from harness import tokens
from harness import server as servers
from harness.hub import Hub
from harness.server import Server

SOURCE = "#include <httpd.h>\n#include <http_config.h>\nmodule AP_MODULE_DECLARE_DATA stand_in_module = {STANDARD20_MODULE_STUFF};\n"


@pytest.fixture(params=["mpm_itk.c", "mod_ruid2.c"])
def stand_in(request):
    """httpd knows a module by the name of its source file."""
    directory = servers.session.directory / request.param
    directory.mkdir(exist_ok=True)
    (directory / request.param).write_text(SOURCE)
    flags = subprocess.run("echo -I$(apxs -q INCLUDEDIR) $(apr-config --includes --cppflags)", shell=True,
                           capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["gcc", "-shared", "-fPIC", "-w", *flags, "-o", "stand_in.so", request.param], cwd=directory, check=True)
    return request.param, ("stand_in_module", directory / "stand_in.so")


def test_configtest_refuses_them_in_words(stand_in):
    name, module = stand_in
    code, messages = Server(modules=[module]).configtest()
    assert code != 0
    assert name in messages and "expected" in messages


def test_beside_them_the_site_lives_and_the_hub_answers_503(stand_in):
    name, module = stand_in
    with Server(modules=[module], allow=[r"\[mercure:emerg\].*" + name]) as server:
        hub = Hub(server)
        assert hub.request("GET", "/").text == "plain page\n"
        assert hub.post("topic=a", tokens.publisher()).status == 503
