"""Publishing with the cookie, and requests forged by other sites (protocol-0x section 11)."""
import pytest

from harness import tokens

COOKIE = ("Cookie", f"mercureAuthorization={tokens.publisher()}")


@pytest.mark.parametrize("fields", [
    [("Origin", "https://app.example")],
    [("Referer", "https://app.example/page?x=1")],
    [("Origin", "https://app.example"), ("Referer", "https://evil.example/")],
    [("Origin", "https://APP.example")],
], ids=["origin", "referer", "origin-first", "case"])
def test_P0_CSRF_03_05_a_listed_source_may_publish(hub, fields):
    assert hub.post("topic=a", fields=[COOKIE, *fields]).status == 200


@pytest.mark.parametrize("fields", [
    [("Origin", "https://evil.example")],
    [],
    [("Referer", "https://evil.example/https://app.example")],
    [("Origin", "https://evil.example"), ("Referer", "https://app.example/")],
    [("Referer", "app.example")],
    [("Referer", "https://app.example.evil/")],
    [("Referer", "https://app.example@evil.example/")],
    [("Origin", "null")],
    [("Origin", "")],
    [("Origin", "https://app.example:444")],
    [("Origin", "http://app.example")],
    [("Origin", "https://x.wild.example")],
], ids=["foreign", "neither", "foreign-referer", "origin-decides", "no-scheme", "suffix", "user", "null", "empty", "port",
        "scheme", "for-reading-only"])
def test_P0_CSRF_01_03_04_05_any_other_source_is_401(hub, witness, fields):
    assert hub.post("topic=a", fields=[COOKIE, *fields]).status == 401
    assert not witness.sees()


def test_P0_CSRF_06_the_hubs_own_origin_may_always_publish(hub, site):
    for each in (hub, site("anonymous")):
        assert each.post("topic=a", fields=[COOKIE, ("Origin", each.origin)]).status == 200
        assert each.post("topic=a", fields=[COOKIE, ("Referer", each.origin + "/page")]).status == 200


def test_P0_CSRF_06_another_port_is_another_origin(hub):
    assert hub.post("topic=a", fields=[COOKIE, ("Origin", hub.origin.rpartition(":")[0])]).status == 401


def test_ANY_53_two_origins_are_403(hub, witness):
    fields = [COOKIE, ("Origin", "https://app.example"), ("Origin", "https://app.example")]
    assert hub.post("topic=a", fields=fields).status == 403
    assert not witness.sees()


def test_P0_CSRF_05_a_star_allows_every_origin(site):
    assert site("everywhere").post("topic=a", fields=[COOKIE, ("Origin", "https://evil.example")]).status == 200


def test_P0_CSRF_02_neither_other_tokens_nor_get_need_a_source(hub):
    assert hub.post("topic=a", tokens.publisher(), [("Origin", "https://evil.example")]).status == 200
    assert hub.post("topic=a", target="?authorization=" + tokens.publisher()).status == 200
    cookie = ("Cookie", f"mercureAuthorization={tokens.subscriber('*')}")
    hub.open("a", token="", fields=[cookie, ("Origin", "https://evil.example")]).close()


def test_P0_CSRF_01_a_listed_source_still_needs_a_good_token(hub):
    bad = ("Cookie", f"mercureAuthorization={tokens.with_broken_signature(tokens.publisher())}")
    assert hub.post("topic=a", fields=[bad, ("Origin", "https://app.example")]).status == 401
