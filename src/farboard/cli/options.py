"""Options that several commands share, and TensorBoard's that have no meaning here."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from farboard import __version__
from farboard.cli.link_log import logged_links
from farboard.errors import UsageError
from farboard.link import Link, LinkOptions, LogFile
from farboard.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from farboard.cli.talk import Talk
    from farboard.hub.source import MakeLink
    from farboard.link import LinkState, Trace
    from farboard.target import Target

Command = TypeVar("Command", bound="Callable[..., Any]")

# (parameter, ssh's letter, what stands for the value, help)
SSH_OPTIONS = (
    ("ssh_port", "-p", "PORT", "ssh: port of the far machine."),
    ("jump", "-J", "HOST", "ssh: go through this machine."),
    ("identity", "-i", "FILE", "ssh: key to log in with."),
    ("ssh_config", "-F", "FILE", "ssh: configuration file."),
    ("ssh_option", "-o", "OPTION", "ssh: any option of its configuration; may be repeated."),
)
LONG_NAME = {"ssh_option": "--ssh-option"}

# TensorBoard's options that take a value and tune what Farboard does by itself.
IGNORED_OPTIONS = {
    "--reload_interval": "changes are shown as they happen",
    "--reload_multifile": "all files of a run are always followed",
    "--reload_multifile_inactive_secs": "all files of a run are always followed",
    "--reload_task": "files are read in the background",
    "--max_reload_threads": "the engine chooses",
    "--samples_per_plugin": "every point is kept",
    "--load_fast": "there is only one way of loading",
    "--purge_orphaned_data": "superseded points are kept and marked",
    "--detect_file_replacement": "replaced files are always noticed",
    "--window_title": "the title names the targets",
    "--reuse_port": "a port is never shared",
    "--verbosity": "-v keeps a log",
}

port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Exactly this port; 0: any free one. Default: 6006 or the next free one.",
)
no_open_option = click.option(
    "--no-open", is_flag=True, help="Print the link, do not open a browser."
)


@dataclass(frozen=True)
class Reach:
    """How to get to the targets."""

    ssh_arguments: tuple[str, ...] = ()
    engine: Path | None = None
    via: str | None = None
    verbosity: int = 0

    def target(self, text: str) -> Target:
        """Read a target as it was typed.

        Raises:
            TargetError: it cannot be understood.
        """
        return parse_target(text, self.via)

    def open_log(self, talk: Talk, *, needed: bool = False) -> LogFile | None:
        """Begin a log of what is said and done, and say where; None when nobody wants one."""
        if not (self.verbosity or needed):
            return None
        log = LogFile("farboard")
        if self.verbosity:
            talk.line(f"Log: {log.path}", "dim")
        log.write(
            f"Farboard {__version__}, Python {platform.python_version()}, {platform.platform()}"
        )
        talk.also_in(log.write)
        return log

    def link_maker(
        self,
        say: Callable[[str], None],
        log: LogFile | None = None,
        trace: Trace | None = None,
    ) -> MakeLink:
        """Return what makes the link of a target.

        Args:
            say: shows lines while ssh connects.
            log: where `-v` writes what happens on it.
            trace: told what ssh and the far side say.
        """
        options = LinkOptions(
            ssh_arguments=self.ssh_arguments, engine=self.engine, say=say, trace=trace
        )
        if log and self.verbosity:
            return logged_links(options, log, self.verbosity)

        def make(target: Target, on_state: Callable[[LinkState], None]) -> Link:
            return Link(target, options, on_state)

        return make

    def check(self, targets: Sequence[Target]) -> None:
        """Sees that options for ssh have somebody to use them.

        Raises:
            UsageError: no target is on another machine, or ssh is not what leads there.
        """
        if self.via is not None and not any(target.is_far for target in targets):
            raise UsageError(
                "--via leads to other machines, but every target is a directory here",
                'write "NAME:dir", or ":dir" where the command itself names the machine',
            )
        if self.via is not None and self.ssh_arguments:
            raise UsageError(
                f"{self.ssh_arguments[0]} is for ssh, which --via takes the place of",
                "put it into the command of --via",
            )
        if self.ssh_arguments and not any(target.is_far for target in targets):
            raise UsageError(
                f"{self.ssh_arguments[0]} is for ssh, but no target is on another machine",
                "the board's own port is --port" if self.ssh_arguments[0] == "-p" else "",
            )


def reach_options(command: Command, *, taken: str = "") -> Command:
    """Add the options of ssh, `--engine` and `--verbose`; `reach` collects them.

    Args:
        command: what gets the options.
        taken: a letter that means something else here; its long name remains.
    """
    command = click.option(
        "-v",
        "--verbose",
        count=True,
        help="Keep a log of the connection, without secrets; -vv: with more of ssh's messages.",
    )(command)
    command = click.option(
        "--engine",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="PATH",
        help="Engine program to use or send, for platforms this package has none for.",
    )(command)
    command = click.option(
        "--via",
        metavar="CMD",
        help='Instead of ssh, what leads to a shell: "docker exec -i {}", "ssh gw ssh {}"; {} is '
        "the target's machine.",
    )(command)
    for parameter, letter, metavar, text in reversed(SSH_OPTIONS):
        names = [letter, LONG_NAME.get(parameter, letter)]
        command = click.option(
            *dict.fromkeys(name for name in names if name != taken),
            parameter,
            metavar=metavar,
            help=text,
            multiple=parameter == "ssh_option",
        )(command)
    return command


def reach(parameters: dict[str, Any]) -> Reach:
    """Take the values of `reach_options` out of a command's parameters."""
    arguments: list[str] = []
    for parameter, letter, _, _ in SSH_OPTIONS:
        value = parameters.pop(parameter)
        for one in value if isinstance(value, tuple) else [value]:
            if one is not None:
                arguments += [letter, one]
    return Reach(
        tuple(arguments),
        parameters.pop("engine"),
        parameters.pop("via"),
        parameters.pop("verbose"),
    )


def ignored_options(command: Command) -> Command:
    """Add TensorBoard's options that are accepted and do nothing; hidden from --help."""
    for name in reversed(IGNORED_OPTIONS):
        command = click.option(name, metavar="VALUE", hidden=True)(command)
    return command


def ignored(parameters: dict[str, Any]) -> list[str]:
    """Take those options out of a command's parameters; return a note for each that was given."""
    given = {name: parameters.pop(name.removeprefix("--")) for name in IGNORED_OPTIONS}
    return [
        f"{name} is ignored: {IGNORED_OPTIONS[name]}"
        for name, value in given.items()
        if value is not None
    ]
