"""The hub still answers as the page's tests believe it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.snapshots import hub

if TYPE_CHECKING:
    from pathlib import Path

RENEW = "if that is meant: python -m tests.snapshots.hub, and make the page read it"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return hub.take(tmp_path_factory.mktemp("snapshots"))


def shape_of(value: Any) -> Any:
    """Keys and types; of numbers JSON knows one type, and words that stand for numbers are some."""
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape_of(item) for item in value]
    if value in ("NaN", "Infinity", "-Infinity"):
        return "a number that is not finite"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "nothing" if value is None else "a text"


def kept() -> dict[str, Path]:
    return {path.stem: path for path in hub.DIRECTORY.glob("*.json")}


def test_every_answer_is_kept(answers: dict[str, Any]) -> None:
    assert sorted(kept()) == sorted(answers), RENEW


@pytest.mark.parametrize("name", sorted(kept()))
def test_the_hub_answers_in_the_shape_that_is_kept(name: str, answers: dict[str, Any]) -> None:
    snapshot = json.loads(kept()[name].read_text())
    assert shape_of(answers[name]) == shape_of(snapshot), RENEW


def test_names_of_this_machine_are_not_kept() -> None:
    for path in kept().values():
        assert "/tmp" not in path.read_text(), path
