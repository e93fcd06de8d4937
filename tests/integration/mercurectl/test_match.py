"""mercurectl match: whether a pattern covers a topic, one by one and by the line."""
import contextlib
import subprocess
import threading

import pytest

from harness.environment import PATIENCE
from harness.histories import MERCURECTL, mercurectl

HUB = "https://www.example.com/.well-known/mercure"


def match(*arguments):
    return mercurectl("match", "--base", HUB, *arguments)


def batch(lines):
    """The answers to lines of fields, in bytes."""
    ran = subprocess.run([MERCURECTL, "match", "--batch"], input=b"".join(b"\t".join(line) + b"\n" for line in lines),
                         capture_output=True, timeout=60 * PATIENCE, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    return ran.stdout.decode().splitlines()


@pytest.mark.parametrize("arguments", [
    ("a", "a"),
    ("*", "https://example.com/1"),
    ("--type", "urlpattern", "/books/:id", "https://www.example.com/books/1"),
    ("--type=template", "https://example.com/{id}", "https://example.com/1"),
    ("--type=template", "*", "")])
def test_match(arguments):
    ran = match(*arguments)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "match\n", "")


@pytest.mark.parametrize("arguments", [
    ("https://example.com/{id}", "https://example.com/1"),
    ("--type", "urlpattern", "/books/:id", "https://example.com/books/1"),
    ("--type=template", "https://example.com/{id}", "https://example.com/1/2")])
def test_no_match(arguments):
    ran = match(*arguments)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "no match\n", "")


@pytest.mark.parametrize("arguments, words", [
    (("a" * 4097, "t"), "the pattern has 4097 bytes, at most 4096 are expected where MercureMaxMatcherLength is not"),
    (("a\u200e", "t"), "the pattern holds a control or format character"),
    (("a\udcff", "t"), "the pattern is not UTF-8"),
    (("--type", "urlpattern", "https://example.com/(", "t"), "the pattern is refused: "),
    (("a", "*"), 'the topic is refused: "*" is no topic: it is the matcher of every topic'),
    (("a", "\udcff"), 'the topic is refused: the "topic" parameter is not UTF-8'),
    (("a", ""), 'the topic is refused: topic "" lies in the reserved namespace "/.well-known/mercure"'),
    (("--type", "template", "a", HUB), "the topic is refused: topic "),
    (("--type", "template", "a", "t" * 32769), "the topic is refused: the \"topic\" parameter has 32769 bytes")])
def test_what_the_hub_refuses(arguments, words):
    ran = match(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"mercurectl: match: {words}") and ran.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments, words", [
    (("p", "t"), "match lacks --base; expected the hub's URL"),
    (("--base", "www.example.com", "p", "t"), 'match cannot use --base "www.example.com"; expected a hub\'s URL'),
    (("--base", HUB, "--type", "regexp", "p", "t"), 'match knows no --type "regexp"; expected exact, urlpattern or'),
    (("--base", HUB, "p"), "match lacks an argument; expected a pattern and a topic"),
    (("--batch", "p"), "match has --batch and more; expected all else in the lines of the standard input")])
def test_wrong_arguments(arguments, words):
    ran = mercurectl("match", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"mercurectl: {words}")
    assert "\nExample: mercurectl match --base " in ran.stderr


def test_help():
    ran = mercurectl("match", "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Usage: mercurectl match --base URL")
    assert max(map(len, ran.stdout.splitlines())) <= 120


def test_thousands_of_lines():
    hub = HUB.encode()
    lines, expected = [], []
    for number in range(2000):
        topic = b"https://www.example.com/books/%d" % number
        lines += [(b"exact", hub, topic, topic), (b"urlpattern", hub, b"/books/%d" % number, topic),
                  (b"urlpattern", hub, b"/films/:id", topic), (b"template", hub, b"https://{host}/books/{id}", topic),
                  (b"exact", hub, topic, b"*")]
        expected += ["match", "match", "no match", "match", "refused"]
    assert batch(lines) == expected


def test_lines_of_anything():
    hub = HUB.encode()
    answers = {
        (b"exact", hub, b"\xc3\x28", b"t"): "refused",
        (b"exact", hub, b"t", b"\xc3\x28"): "refused",
        (b"template", hub, b"a\xff", b"a\xfe"): "match",
        (b"template", hub, b"", b""): "match",
        (b"exact", hub, b"", b"t"): "no match",
        (b"exact", hub, b"t", b""): "refused",
        (b"exact", b"", b"t", b"t"): "refused",
        (b"", b"", b"", b""): "refused",
        (b"",): "refused",
        (b"exact", hub, b"t"): "refused",
        (b"exact", hub, b"t", b"t", b""): "refused",
        (b"template", hub, b"\r", b"\r"): "match",
        (b"template", hub, b"\0", b"\0"): "match",
        (b"\xff\0" * 5000,): "refused",
        (b"template", hub, b"a" * 1_000_000, b"a"): "no match",
    }
    assert batch(answers) == list(answers.values())


@contextlib.contextmanager
def killed_late(process):
    """Whoever waits for the process in vain reads its end."""
    timer = threading.Timer(10 * PATIENCE, process.kill)
    timer.start()
    yield
    timer.cancel()


def test_a_reader_gets_each_answer_before_it_asks_again():
    with subprocess.Popen([MERCURECTL, "match", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process, \
            killed_late(process):
        for topic, answer in ((b"t", b"match\n"), (b"u", b"no match\n")):
            process.stdin.write(b"\t".join((b"exact", HUB.encode(), b"t", topic)) + b"\nexact")
            process.stdin.flush()
            assert process.stdout.readline() == answer
            process.stdin.write(b"\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"refused\n"
        process.stdin.close()
        assert process.wait(30 * PATIENCE) == 0


@pytest.mark.parametrize("arguments", [("--base", HUB, "t", "t"), ("--batch",)])
def test_a_full_disk_is_no_answer(arguments):
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([MERCURECTL, "match", *arguments], input=b"\n", stdout=full, stderr=subprocess.PIPE,
                             check=False)
    assert ran.returncode == 2
    assert ran.stderr == b"mercurectl: match: the output cannot be written: No space left on device\n"
