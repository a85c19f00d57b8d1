"""`farboard TARGET...`: the board itself, until Ctrl-C."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import secrets
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from farboard import __version__
from farboard.cli.already import COPY, find_same, open_running, take_place, wants_login_here
from farboard.cli.background import Background
from farboard.cli.config import read_config
from farboard.cli.identity import identity
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
from farboard.cli.view_file import read_view
from farboard.cli.words import duration, lasting, listed
from farboard.errors import FarboardError, UsageError
from farboard.hub.board import Board
from farboard.hub.browser import can_open
from farboard.hub.logdir import logdir_error
from farboard.hub.page import Page
from farboard.hub.roster import Welcome
from farboard.hub.running import leave_farewell
from farboard.hub.sockets import Wish, listen
from farboard.target import Target, parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from farboard.hub.source import Source
    from farboard.link import LogFile

# Long enough for a weekend; a page that is open counts as a look.
BACKGROUND_IDLE_S = 3 * 86400.0


@dataclass(frozen=True)
class How:
    """How a board is shown.

    Args:
        wish: where it listens.
        reach: how the targets are reached.
        open_page: whether to open a browser.
        await_logdir: a missing directory is watched for, as TensorBoard does, not an error.
        background: whether to leave the terminal once the targets are connected.
        idle_s: for how long nobody may look before it ends; None: for ever.
        page: what the page begins with.
    """

    wish: Wish = field(default_factory=Wish)
    reach: Reach = field(default_factory=Reach)
    open_page: bool = True
    await_logdir: bool = False
    background: bool = False
    idle_s: float | None = None
    page: Page = field(default_factory=Page)


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
@click.option(
    "-d", "--background", is_flag=True, help="Go on without the terminal, once connected."
)
@click.option(
    "--idle",
    callback=duration,
    metavar="TIME",
    help="End when nobody has looked for so long (8h); 0: never. Default: 3d with -d, or never.",
)
@click.option(
    "--view",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Open the board as a view that was saved in the page.",
)
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
    background: bool,
    idle: float | None,
    view: Path | None,
    **parameters: Any,
) -> None:
    """Show the training curves of targets in the browser, live, until Ctrl-C."""
    talk = Talk()
    config = read_config()
    for note in [*ignored(parameters), *config.notes]:
        talk.line(note, "dim")
    ways = reach(parameters)
    named = [ways.target(text) for text in targets]
    classic = [parse_target(logdir)] if logdir is not None else []
    classic += _named_logdirs(logdir_spec) if logdir_spec is not None else []
    if host is not None and bind_all:
        raise UsageError("--host and --bind_all exclude each other")
    how = How(
        wish=Wish(port, host, bind_all, config.port),
        reach=ways,
        open_page=config.open_page and not no_open,
        await_logdir=not named,
        background=background,
        idle_s=(BACKGROUND_IDLE_S if background else None) if idle is None else idle or None,
        page=Page(config.page, config.theme, **_opened(view)),
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
    run(_show(targets, how, talk, Background.split() if how.background else None))


async def _show(
    targets: Sequence[Target], how: How, talk: Talk, background: Background | None
) -> None:
    shows = sorted({identity(target, how.reach.ssh_arguments) for target in targets})
    wish, secret = how.wish, None
    if not wish.beyond_loopback:
        found = await find_same(shows, wish.port, talk)
        if found and not wants_login_here(found[0]):
            fragment = (how.page.view or {}).get("fragment", "")
            await open_running(*found, talk, open_page=how.open_page, fragment=fragment)
            if how.page.view:
                talk.line("It keeps its cards as they are; the view's settings are used.")
            return
        if found:
            await take_place(found[0], talk)
            wish, secret = Wish(found[0].port), found[0].secret
    listening = listen(wish)
    if listening.taken:
        talk.line(f"{listening.wanted} is in use ({listening.taken}); using {listening.url}")
    log = how.reach.open_log(talk, needed=background is not None)
    board = Board(
        listening,
        shows,
        _RefusalTalk(talk).hear,
        labels=[target.label for target in targets],
        background=background is not None,
        secret=secret,
        log=log.write if log and how.reach.verbosity else None,
        welcome=_welcome_of_targets(how, talk, log),
        page=how.page,
    )
    was_shown = False
    try:
        async with board:
            await _first_up(board, targets, how, talk, log)
            was_shown = True
            _welcome(board, how, talk)
            if background and log:
                _leave_terminal(background, log, talk)
            await _serve(board, how, talk)
    finally:
        talk.passing("")
        if was_shown:
            _say_stopped(board, talk)


async def _serve(board: Board, how: How, talk: Talk) -> None:
    """Serve until a signal comes, or until nobody has looked for long enough."""
    keyboard = asyncio.create_task(_serve_the_keyboard(board, talk))
    try:
        if how.idle_s is None:
            await keyboard
            return
        await _nobody_looks_for(how.idle_s, board)
        talk.line(f"Nobody has looked for {lasting(how.idle_s)} (--idle).")
    finally:
        keyboard.cancel()


async def _nobody_looks_for(seconds: float, board: Board) -> None:
    left_s = seconds
    while left_s > 0:
        await asyncio.sleep(left_s)
        left_s = seconds - board.away_s


def _leave_terminal(background: Background, log: LogFile, talk: Talk) -> None:
    talk.line(
        f'In the background, pid {os.getpid()}; "farboard boards" lists, "farboard stop" ends it.',
        "dim",
    )
    talk.line(f"It goes on in {log.path}", "dim")
    talk.leave_terminal()
    background.detach(log)


async def _first_up(
    board: Board, targets: Sequence[Target], how: How, talk: Talk, log: LogFile | None
) -> None:
    """Connect all; return when the first is up, while the others go on.

    In the background nobody can be asked any more, so there all have their turn before.

    ssh asks its questions for one target after the other; the links see to that.
    """
    board.sources.listen(LinkTalk(talk, _how_to_log_in(targets, how)).hear)
    make_link = how.reach.link_maker(talk.line, log)
    sources = [board.sources.add(target, make_link) for target in targets]
    sources = list(dict.fromkeys(sources))
    if len(sources) == 1:
        await _start(sources[0], how, talk, alone=True)
        return
    starting = {asyncio.create_task(_start(source, how, talk)) for source in sources}
    errors: list[FarboardError] = []
    up = 0
    while starting:
        done, starting = await asyncio.wait(starting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            error = task.exception()
            if error is None:
                up += 1
                continue
            if not isinstance(error, FarboardError):
                raise error
            talk.error(error)
            errors.append(error)
        if up and not how.background:
            _report_when_done(starting, talk)
            return
    if not up:
        raise _ReportedError(errors[0])


class _ReportedError(FarboardError):
    """Every target has failed and said so."""

    def __init__(self, first: FarboardError) -> None:
        super().__init__("none of the targets can be shown")
        self.exit_code = first.exit_code


def _welcome_of_targets(how: How, talk: Talk, log: LogFile | None) -> Welcome:
    """Say how targets are added in the page: as if they had been on the command line."""

    async def start(source: Source) -> None:
        try:
            await _start(source, how, talk)
        except FarboardError as error:
            talk.error(error)

    return Welcome(how.reach.target, how.reach.link_maker(talk.line, log), start, talk.line)


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
    if not how.background:
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
    said = "Stopped."
    if left:
        said = f"Stopped. What runs on {_names(left)} will end by itself within 60 s."
    elif far:
        said = f"Stopped. Nothing is left running on {_names(far)}."
    talk.line(said)
    leave_farewell(said)


def _names(machines: list[str]) -> str:
    return listed(list(dict.fromkeys(machines)))


def _how_to_log_in(targets: Sequence[Target], how: How) -> str:
    if not how.background:
        return "press Enter"
    # The same command finds this board, and asks there.
    names = " ".join(shlex.quote(target.label) for target in targets)
    return f"run this in a terminal:  farboard -d {names}"


def _opened(view: Path | None) -> dict[str, Any]:
    # Reloading the page must not open it again, so each opening has a name of its own.
    return {} if view is None else {"view": read_view(view), "view_id": secrets.token_hex(8)}


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
