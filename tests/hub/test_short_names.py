"""What sources are called beside their runs."""

from __future__ import annotations

import dataclasses
from itertools import permutations

import pytest

from farboard.hub.short_names import short_names
from farboard.target import parse_target


def named(*texts: str) -> dict[str, str]:
    """The short names, which are the same in every order."""
    targets = [parse_target(text) for text in texts]
    names = short_names(targets)
    for order in permutations(targets):
        assert short_names(order) == names
    return names


@pytest.mark.parametrize(
    ("typed", "short"),
    [
        (["a:runs", "b:runs"], ["a", "b"]),
        (["a:runs", "a:exp", "b:runs"], ["a:runs", "a:exp", "b"]),
        (["a:one/runs", "a:two/runs"], ["a:one/runs", "a:two/runs"]),
        (["you@a:runs", "me@a:runs"], ["you@a:runs", "me@a:runs"]),
        (["gpu1.x.org:runs", "gpu2.x.org:runs"], ["gpu1", "gpu2"]),
        (["gpu1.x.org:runs", "gpu1.y.org:runs"], ["gpu1.x.org", "gpu1.y.org"]),
        (["10.0.0.1:runs", "10.0.0.2:runs"], ["10.0.0.1", "10.0.0.2"]),
        (["ssh://you@a:2222/data/runs", "b:"], ["a", "b"]),
        (["a:", "a:runs"], ["a:~", "a:runs"]),
        (["./local", "a:runs"], ["local", "a"]),
        (["/data/one/runs", "/data/two/runs"], ["one/runs", "two/runs"]),
        (["./a", "a:runs"], ["./a", "a:runs"]),
        ([".", "a:runs"], [".", "a"]),
        (["a:runs", "a:runs/"], ["a:runs", "a:runs/"]),
    ],
)
def test_the_shortest_that_is_unambiguous(typed: list[str], short: list[str]) -> None:
    assert named(*typed) == dict(zip(typed, short, strict=True))


def test_what_has_a_name_keeps_it() -> None:
    spec = [("old", "a:/data/old/runs"), ("new", "/data/new/runs")]
    targets = [dataclasses.replace(parse_target(path), label=name) for name, path in spec]
    assert short_names(targets) == {"old": "old", "new": "new"}
