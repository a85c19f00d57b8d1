"""`farboard stop`: ends boards in order, as Ctrl-C in their terminal does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from farboard.cli.ending import end, say_ended
from farboard.cli.identity import identity
from farboard.cli.talk import Talk
from farboard.cli.words import counted
from farboard.errors import FarboardError, UsageError
from farboard.hub.running import all_running
from farboard.target import parse_target

if TYPE_CHECKING:
    from farboard.hub.running import Running


@click.command("stop", short_help="End a board, wherever it was started.")
@click.argument("which", nargs=-1, metavar="[TARGET|PID]...")
@click.option("--all", "every", is_flag=True, help="End all boards.")
def command(which: tuple[str, ...], *, every: bool) -> None:
    """End the boards that show TARGET, or have this PID; without either, the only one that runs."""
    if every and which:
        raise UsageError("--all leaves nothing to choose")
    talk = Talk()
    ended = [_end(running, talk) for running in _chosen(which, every=every)]
    if not all(ended):
        raise click.exceptions.Exit(FarboardError.exit_code)


def _end(running: Running, talk: Talk) -> bool:
    try:
        say_ended(running, end(running), talk)
    except FarboardError as error:
        talk.error(error)
        return False
    return True


def _chosen(which: tuple[str, ...], *, every: bool) -> list[Running]:
    boards = all_running()
    if not boards:
        raise FarboardError("no board runs")
    if every:
        return boards
    if not which:
        if len(boards) > 1:
            raise UsageError(
                f"{counted(len(boards), 'board')} run", 'say which, or --all; see "farboard boards"'
            )
        return boards
    chosen = {text: [board for board in boards if _is_meant(board, text)] for text in which}
    for text, found in chosen.items():
        if not found:
            raise FarboardError(f"no board shows {text}", 'see "farboard boards"')
    return list({board.pid: board for found in chosen.values() for board in found}.values())


def _is_meant(board: Running, text: str) -> bool:
    if text == str(board.pid) or text in board.labels:
        return True
    try:
        wanted = identity(parse_target(text))
    except FarboardError:
        return False
    # However it was typed, and with whatever options for ssh.
    return any(one == wanted or one.startswith(f"{wanted}\0") for one in board.targets)
