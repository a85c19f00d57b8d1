"""docs/cli.md has a paragraph for every command and option."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from farboard.cli.main import BOARD, COMMANDS, Farboard, main

TEXT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
HEADINGS = "\n".join(re.findall(r"^###? (.*)$", TEXT, re.MULTILINE))


def options_of(command: click.Command) -> list[click.Option]:
    # A command keeps the help option of the first context that asked for it.
    context = click.Context(command, **main.context_settings)
    return [one for one in command.get_params(context) if isinstance(one, click.Option)]


def commands() -> dict[str, click.Command]:
    assert isinstance(main, Farboard)
    context = click.Context(main)
    found = {name: main.get_command(context, name) for name in [BOARD, *COMMANDS]}
    assert None not in found.values()
    return {name: command for name, command in found.items() if command} | {"farboard": main}


OPTIONS = sorted(
    {
        (name, option.hidden)
        for command in commands().values()
        for option in options_of(command)
        for name in option.opts
    }
)


@pytest.mark.parametrize(("name", "hidden"), OPTIONS)
def test_every_option_has_its_paragraph(name: str, hidden: bool) -> None:
    if hidden:
        assert f"`{name}`" in TEXT
    else:
        assert re.search(rf"`{re.escape(name)}[ `]", HEADINGS), f"{name} has no heading"


def test_every_heading_is_of_an_option_that_exists() -> None:
    known = {name for name, _ in OPTIONS}
    named = set(re.findall(r"`(--?[A-Za-z][\w-]*)", HEADINGS))
    assert named <= known


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_section(name: str) -> None:
    assert re.search(rf"^farboard {name}\b", HEADINGS, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_visible_option_has_help(name: str) -> None:
    for option in options_of(commands()[name]):
        if not option.hidden:
            assert option.help
            assert option.help.endswith(".")
