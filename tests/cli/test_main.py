"""What is typed finds its command, and what goes wrong becomes words and a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from farboard import __version__
from farboard.errors import ConnectError, LogdirError
from tests.hub.fake_link import target

if TYPE_CHECKING:
    from tests.cli.conftest import Farboard
    from tests.hub.fake_link import FakeLink


def test_version(farboard: Farboard) -> None:
    assert farboard("--version") == 0
    assert farboard.out == f"farboard {__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("gpu1:runs", "--help")])
def test_help_has_examples_and_the_boards_options(
    farboard: Farboard, arguments: tuple[str, ...]
) -> None:
    assert farboard(*arguments) == 0
    for word in ("farboard gpu1:runs", "--logdir", "--port", "ls", "export", "demo"):
        assert word in farboard.out
    assert "reload_interval" not in farboard.out


@pytest.mark.parametrize(("arguments", "code"), [
    (("ls",), 2),
    (("ls", "a", "b"), 2),
    (("ls", "-oProxyCommand=x:dir"), 2),
    (("ls", "--", "-oProxyCommand=x:dir"), 2),
    (("--port", "seventy"), 2),
    (("--port", "70000", "runs"), 2),
    (("--no-such-option", "runs"), 2),
    (("--host", "a", "--bind_all", "runs"), 2),
    (("--no-open",), 2),
    (("-p", "22", "/tmp"), 2),
    (("export", "runs", "--run", "("), 2),
    (("export", "runs", "--format", "xlsx"), 2),
])  # fmt: skip
def test_senseless_command_lines(farboard: Farboard, arguments: tuple[str, ...], code: int) -> None:
    assert farboard(*arguments) == code
    assert farboard.out == ""
    assert farboard.err.startswith("farboard: ")
    assert farboard.links == []


def test_an_error_is_a_sentence_a_hint_and_a_code(farboard: Farboard) -> None:
    def refuse(link: FakeLink) -> None:
        link.start_error = ConnectError("gpu1 does not answer", "VPN?")

    farboard.prepare = refuse
    assert farboard("ls", "gpu1:runs") == 3
    assert farboard.err.splitlines()[-2:] == ["farboard: gpu1 does not answer", "hint: VPN?"]
    assert farboard.out == ""
    assert farboard.links[0].closed


def test_text_from_elsewhere_cannot_move_the_cursor(farboard: Farboard) -> None:
    def refuse(link: FakeLink) -> None:
        link.start_error = ConnectError("it said \x1b[2J\r\x07 [bold]x[/bold]\nsecond line")

    farboard.prepare = refuse
    farboard("ls", "gpu1:runs")
    assert "it said \\x1b[2J\\r\\x07 [bold]x[/bold]\nsecond line" in farboard.err


def test_options_for_ssh_are_passed_on(farboard: Farboard) -> None:
    farboard.prepare = lambda link: setattr(link, "start_error", LogdirError("stop here"))
    options = ("-p", "2222", "-J", "bastion", "-i", "key", "-F", "config", "-o", "A=b", "-o", "C=d")
    assert farboard("ls", "gpu1:runs", *options) == 5
    assert farboard.options.ssh_arguments == options
    assert farboard.links[0].target == target("gpu1:runs")


def test_exports_o_is_the_output(farboard: Farboard) -> None:
    farboard.prepare = lambda link: setattr(link, "start_error", LogdirError("stop here"))
    assert farboard("export", "gpu1:runs", "-o", "x.csv", "--ssh-option", "A=b") == 5
    assert farboard.options.ssh_arguments == ("-o", "A=b")


def test_tensorboards_options_are_noted_and_ignored(farboard: Farboard) -> None:
    farboard.prepare = lambda link: setattr(link, "start_error", LogdirError("stop here"))
    arguments = ("--logdir=gpu1:runs", "--port=0", "--reload_interval", "5", "--load_fast=auto")
    assert farboard(*arguments) == 5
    assert "--reload_interval is ignored: " in farboard.err
    assert "--load_fast is ignored: " in farboard.err
    assert [link.target.label for link in farboard.links] == ["gpu1:runs"]


def test_logdir_spec_gives_names(farboard: Farboard) -> None:
    farboard.prepare = lambda link: setattr(link, "start_error", LogdirError("stop here"))
    assert farboard("--logdir_spec=base:/data/a,/data/b", "--port=0") == 5
    places = [(link.target.label, link.target.path) for link in farboard.links]
    assert places == [("base", "/data/a"), ("/data/b", "/data/b")]
    assert farboard.err.count("stop here") == 2
