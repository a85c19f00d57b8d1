"""Two starts are the same when they show the same, however it was typed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click
import pytest

from farboard.cli.identity import identity
from farboard.cli.words import duration, lasting
from farboard.target import parse_target

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "link").symlink_to("runs")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("one", "other"), [
    ("runs", "./runs"),
    ("runs", "runs/"),
    ("runs", "./x/../runs"),
    ("runs", "link"),
    ("gpu1:runs", "gpu1:~/runs"),
    ("gpu1:runs", "gpu1:runs//"),
    ("gpu1:", "gpu1:~"),
    ("gpu1:/data/runs", "ssh://gpu1/data/runs"),
])  # fmt: skip
def test_the_same(one: str, other: str) -> None:
    assert identity(parse_target(one)) == identity(parse_target(other))


@pytest.mark.parametrize(("one", "other"), [
    ("runs", "run"),
    ("gpu1:runs", "gpu2:runs"),
    ("gpu1:runs", "you@gpu1:runs"),
    ("gpu1:runs", "gpu1:/runs"),
    ("ssh://gpu1:22/a", "ssh://gpu1:2222/a"),
])  # fmt: skip
def test_not_the_same(one: str, other: str) -> None:
    assert identity(parse_target(one)) != identity(parse_target(other))


def test_a_name_that_was_given_makes_another_page() -> None:
    typed = parse_target("runs")
    named = dataclasses.replace(typed, label="base")
    assert identity(typed) != identity(named)


def test_options_of_ssh_make_another_connection() -> None:
    typed = parse_target("gpu1:runs")
    assert identity(typed) != identity(typed, ("-p", "2222"))


@pytest.mark.parametrize(("text", "seconds"), [
    ("45s", 45), ("30m", 1800), ("30min", 1800), ("8h", 28800), ("1.5h", 5400), ("2 d", 172800),
    ("0", 0),
])  # fmt: skip
def test_times(text: str, seconds: float) -> None:
    context = click.Context(click.Command("x"))
    assert duration(context, click.Option(["--idle"]), text) == seconds


@pytest.mark.parametrize("text", ["8", "h", "-1h", "8 hours", "1e3s", "9999999d", ""])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(click.BadParameter):
        duration(click.Context(click.Command("x")), click.Option(["--idle"]), text)


def test_a_time_in_words() -> None:
    assert [lasting(seconds) for seconds in (45, 1800, 28800, 5400, 259200)] == [
        "45 s", "30 min", "8 h", "1 h 30 min", "3 d",
    ]  # fmt: skip
