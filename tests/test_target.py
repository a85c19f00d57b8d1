"""What may be typed as a target, and what must not reach ssh."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farboard.errors import TargetError
from farboard.target import Target, parse_target

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.text(string.ascii_letters + string.digits + "-._", min_size=1).filter(
    lambda name: not name.startswith("-")
)
PATHS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)))


@pytest.mark.parametrize(
    ("text", "destination", "port", "path"),
    [
        ("gpu1:runs", "gpu1", None, "runs"),
        ("gpu1:/data/runs", "gpu1", None, "/data/runs"),
        ("gpu1:", "gpu1", None, "~"),
        ("you@gpu1:~/runs", "you@gpu1", None, "~/runs"),
        ("you@gpu1:/a/*/b", "you@gpu1", None, "/a/*/b"),
        ("gpu1:a b'c\"d", "gpu1", None, "a b'c\"d"),
        ("gpu1:a:b", "gpu1", None, "a:b"),
        ("gpu1:-x", "gpu1", None, "-x"),
        ("me@corp@gpu1:runs", "me@corp@gpu1", None, "runs"),
        ("[::1]:runs", "::1", None, "runs"),
        ("you@[fe80::1%eth0]:/x", "you@fe80::1%eth0", None, "/x"),
        ("ssh://gpu1", "gpu1", None, "~"),
        ("ssh://gpu1/", "gpu1", None, "~"),
        ("ssh://you@gpu1:2222/data/runs", "you@gpu1", 2222, "/data/runs"),
        ("ssh://you@gpu1:2222/~/runs", "you@gpu1", 2222, "~/runs"),
        ("ssh://gpu1/a%20b", "gpu1", None, "/a b"),
        ("ssh://[::1]:22/x", "::1", 22, "/x"),
    ],
)
def test_far_targets(text: str, destination: str, port: int | None, path: str) -> None:
    target = parse_target(text)
    assert target.kind == "ssh"
    assert (target.destination, target.port, target.path) == (destination, port, path)
    assert target.label == text


def test_local_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_target("runs").path == str(tmp_path / "runs")
    assert parse_target("/abs").path == "/abs"
    assert parse_target("~/runs").path == "~/runs"
    assert parse_target("./gpu1:runs").path == str(tmp_path / "gpu1:runs")
    assert parse_target("a/b:c").path == str(tmp_path / "a/b:c")
    assert {parse_target(text).kind for text in ("runs", "/abs", "~", "./h:d")} == {"local"}


def test_an_existing_path_with_a_colon_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_target("gpu1:runs").kind == "ssh"
    (tmp_path / "gpu1:runs").mkdir()
    assert parse_target("gpu1:runs") == Target("local", str(tmp_path / "gpu1:runs"), "gpu1:runs")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (":runs", "names no machine"),
        ("::1:runs", "names no machine"),
        ("@gpu1:runs", "names no user"),
        ("-oProxyCommand=x:runs", 'begins with "-"'),
        ("-v@gpu1:runs", 'begins with "-"'),
        ("you@-oProxyCommand=x:runs", 'begins with "-"'),
        ("ssh://-oProxyCommand=x/runs", 'begins with "-"'),
        ("ssh://%2DoProxyCommand=x/runs", 'begins with "-"'),
        ("ssh://-l@gpu1/runs", 'begins with "-"'),
        ("[-x]:runs", 'begins with "-"'),
        ("gpu1;id:runs", "contains ';'"),
        ("$(id):runs", "contains '$'"),
        ("gpu1\n:runs", "contains '\\n'"),
        ("ssh://gpu%0a1/runs", "contains '\\n'"),
        ("a b:runs", "contains ' '"),
        ("gpu1:a\0b", "NUL"),
        ("ssh://gpu1/a%00b", "NUL"),
        ("ssh://", "names no machine"),
        ("ssh://gpu1:0/x", "port"),
        ("ssh://gpu1:65536/x", "port"),
        ("ssh://gpu1:ssh/x", "port"),
        ("ssh://[::1/x", "not a valid ssh address"),
        ("ssh://::1/x", "not a valid ssh address"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_target(text)
    assert says in caught.value.message


@given(NAMES, NAMES, PATHS)
def test_user_host_and_path_come_back(user: str, host: str, path: str) -> None:
    target = parse_target(f"{user}@{host}:{path}")
    assert target == Target("ssh", path or "~", target.label, host=host, user=user)


@given(st.text())
def test_any_text_is_a_safe_target_or_an_error(text: str) -> None:
    try:
        target = parse_target(text)
    except TargetError:
        return
    assert target.label == text
    assert "\0" not in target.path
    if target.kind == "local":
        assert target.path.startswith(("/", "~"))
        return
    assert target.host
    for name in (target.host, target.user):
        assert not name.startswith("-")
        assert not set(name) & set("'`\"$\\;&<>|(){}*?#! \t\r\n")
