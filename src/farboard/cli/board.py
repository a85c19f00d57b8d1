"""`farboard TARGET...`: the board itself, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from farboard import __version__
from farboard.cli.interrupt import run
from farboard.cli.keyboard import enter_pressed
from farboard.cli.link_talk import LinkTalk
from farboard.cli.options import (
    Reach,
    ignored,
    ignored_options,
    no_open_option,
    port_option,
    reach,
    reach_options,
)
from farboard.cli.talk import Talk
from farboard.cli.words import listed
from farboard.errors import FarboardError, UsageError
from farboard.hub.board import Board, open_in_browser
from farboard.hub.browser import Redirect, can_open
from farboard.hub.logdir import logdir_error
from farboard.hub.roster import Welcome
from farboard.hub.running import find_running
from farboard.hub.sockets import Wish, listen
from farboard.target import Target, parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from farboard.hub.source import Source

# How long a browser may take to read the file that leads it to a board that runs already.
REDIRECT_KEPT_S = 10.0
COPY = "(copy into a browser)"


@dataclass(frozen=True)
class How:
    """How a board is shown.

    Args:
        wish: where it listens.
        reach: how the targets are reached.
        open_page: whether to open a browser.
        await_logdir: a missing directory is watched for, as TensorBoard does, not an error.
    """

    wish: Wish = field(default_factory=Wish)
    reach: Reach = field(default_factory=Reach)
    open_page: bool = True
    await_logdir: bool = False


class _BoardCommand(click.Command):
    """The default command; its help is the program's."""

    def get_help(self, ctx: click.Context) -> str:
        return ctx.parent.get_help() if ctx.parent else super().get_help(ctx)


@click.command("board", cls=_BoardCommand)
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option("--logdir", metavar="DIR", help="A directory to show; TensorBoard's spelling.")
@click.option(
    "--logdir_spec",
    metavar="NAME:DIR,...",
    help="Several directories with names; TensorBoard's spelling.",
)
@port_option
@click.option("--host", metavar="HOST", help="Listen on this name or address, not on loopback.")
@click.option("--bind_all", "--bind-all", is_flag=True, help="Listen on all addresses.")
@no_open_option
@reach_options
@ignored_options
def command(
    targets: tuple[str, ...],
    *,
    logdir: str | None,
    logdir_spec: str | None,
    port: int | None,
    host: str | None,
    bind_all: bool,
    no_open: bool,
    **parameters: Any,
) -> None:
    """Show the training curves of targets in the browser, live, until Ctrl-C."""
    talk = Talk()
    for note in ignored(parameters):
        talk.line(note, "dim")
    ways = reach(parameters)
    named = [ways.target(text) for text in targets]
    classic = [parse_target(logdir)] if logdir is not None else []
    classic += _named_logdirs(logdir_spec) if logdir_spec is not None else []
    if host is not None and bind_all:
        raise UsageError("--host and --bind_all exclude each other")
    how = How(
        wish=Wish(port, host, bind_all),
        reach=ways,
        open_page=not no_open,
        await_logdir=not named,
    )
    show_board([*named, *classic], how, talk)


def show_board(targets: Sequence[Target], how: How, talk: Talk) -> None:
    """Show targets until a signal ends the process; return when they are shown already.

    Raises:
        FarboardError: the only target cannot be shown, or none of several; or no port.
    """
    if not targets:
        raise UsageError("nothing to show", 'name a target: "farboard gpu1:runs"')
    how.reach.check(targets)
    run(_show(targets, how, talk))


async def _show(targets: Sequence[Target], how: How, talk: Talk) -> None:
    shows = [_identity(target, how.reach) for target in targets]
    if not how.wish.beyond_loopback and await _opened_running(shows, how, talk):
        return
    listening = listen(how.wish)
    if listening.taken:
        talk.line(f"6006 is in use ({listening.taken}); using {listening.url}")
    board = Board(listening, shows, _RefusalTalk(talk).hear, welcome=_welcome_of_targets(how, talk))
    was_shown = False
    try:
        async with board:
            await _first_up(board, targets, how, talk)
            was_shown = True
            _welcome(board, how, talk)
            await _serve_the_keyboard(board, talk)
    finally:
        talk.passing("")
        if was_shown:
            _say_stopped(board, talk)


async def _first_up(board: Board, targets: Sequence[Target], how: How, talk: Talk) -> None:
    """Connect all; return when the first is up, while the others go on.

    ssh asks its questions for one target after the other; the links see to that.
    """
    board.sources.listen(LinkTalk(talk).hear)
    make_link = how.reach.link_maker(talk.line)
    sources = [board.sources.add(target, make_link) for target in targets]
    sources = list(dict.fromkeys(sources))
    if len(sources) == 1:
        await _start(sources[0], how, talk, alone=True)
        return
    starting = {asyncio.create_task(_start(source, how, talk)) for source in sources}
    errors: list[FarboardError] = []
    while starting:
        done, starting = await asyncio.wait(starting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            error = task.exception()
            if error is None:
                _report_when_done(starting, talk)
                return
            if not isinstance(error, FarboardError):
                raise error
            talk.error(error)
            errors.append(error)
    raise _ReportedError(errors[0])


class _ReportedError(FarboardError):
    """Every target has failed and said so."""

    def __init__(self, first: FarboardError) -> None:
        super().__init__("none of the targets can be shown")
        self.exit_code = first.exit_code


def _welcome_of_targets(how: How, talk: Talk) -> Welcome:
    """Say how targets are added in the page: as if they had been on the command line."""

    async def start(source: Source) -> None:
        try:
            await _start(source, how, talk)
        except FarboardError as error:
            talk.error(error)

    return Welcome(how.reach.target, how.reach.link_maker(talk.line), start, talk.line)


def _report_when_done(starting: set[asyncio.Task[None]], talk: Talk) -> None:
    def report(task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, FarboardError):
            talk.error(error)

    for task in starting:
        task.add_done_callback(report)


async def _start(source: Source, how: How, talk: Talk, *, alone: bool = False) -> None:
    try:
        await source.start()
        await source.wait_until_known()
    except FarboardError:
        if source.closed:  # It was removed in the page meanwhile.
            return
        raise
    error = logdir_error(source)
    if error is None:
        return
    if alone and not how.await_logdir:
        raise error
    talk.error(error)
    talk.line("Watching; it is shown when it appears.")


def _welcome(board: Board, how: How, talk: Talk) -> None:
    url = board.listening.url
    names = listed([source.name for source in board.sources])
    talk.line(f"Farboard {__version__} shows {names}", "bold")
    if how.wish.beyond_loopback:
        talk.line("Other machines can reach this port, unencrypted; only the link lets them in.")
    if how.open_page and can_open():
        talk.line(url)
        board.open_page(lambda: talk.line(f"{board.new_link()} {COPY}"))
    else:
        talk.line(f"{board.new_link()} {COPY}")
    talk.line("Ctrl-C stops, Enter prints a new link.", "dim")


async def _serve_the_keyboard(board: Board, talk: Talk) -> None:
    while True:
        await enter_pressed()
        waiting = [source for source in board.sources if source.state == "needs_you"]
        if not waiting:
            talk.line(f"{board.new_link()} {COPY}")
        for source in waiting:
            await _login_again(source, talk)


async def _login_again(source: Source, talk: Talk) -> None:
    try:
        await source.link.login_again()
    except FarboardError as error:
        talk.error(error)


def _say_stopped(board: Board, talk: Talk) -> None:
    left = [source.target.machine for source in board.left_behind if source.target.is_far]
    far = [source.target.machine for source in board.sources if source.target.is_far]
    if left:
        names = listed(list(dict.fromkeys(left)))
        talk.line(f"Stopped. What runs on {names} will end by itself within 60 s.")
    elif far:
        names = listed(list(dict.fromkeys(far)))
        talk.line(f"Stopped. Nothing is left running on {names}.")
    else:
        talk.line("Stopped.")


async def _opened_running(shows: list[str], how: How, talk: Talk) -> bool:
    """Whether a board of the same targets runs already; its page is then opened."""
    found = await asyncio.to_thread(find_running, shows, how.wish.port or None)
    if found is None or how.wish.port == 0:
        return False
    running, code = found
    link = f"{running.url}#code={code}"
    already = f"Already running: {running.url} (pid {running.pid})."
    if not (how.open_page and can_open()):
        talk.line(already)
        talk.line(f"{link} {COPY}")
        return True
    with contextlib.ExitStack() as redirects:

        def keep(redirect: Redirect) -> None:
            redirects.callback(redirect.remove)

        open_in_browser(link, lambda: talk.line(f"{link} {COPY}"), keep)
        talk.line(f"{already} Opened it.")
        await asyncio.sleep(REDIRECT_KEPT_S)
    return True


def _identity(target: Target, how: Reach) -> str:
    """Say what makes two starts the same: machine, login and directory, not how it was typed."""
    place = [target.kind, target.destination, str(target.port or ""), target.path, *target.via]
    far = how.ssh_arguments if target.kind == "ssh" else ()
    return "\0".join([*place, target.label, *far])


def _named_logdirs(spec: str) -> list[Target]:
    """TensorBoard's `name:path,name:path`; a path without a name is its own."""
    targets = []
    for part in spec.split(","):
        name, colon, path = part.partition(":")
        if colon and "/" not in name:
            targets.append(dataclasses.replace(parse_target(path), label=name))
        else:
            targets.append(parse_target(part))
    return targets


class _RefusalTalk:
    """Tells of refused requests, of each kind once."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._told: set[str] = set()

    def hear(self, who: str, why: str) -> None:
        if why not in self._told:
            self._told.add(why)
            self._talk.line(f"refused a request from {who[:100]} ({why})")
