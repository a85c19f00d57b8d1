"""`farboard check`: every byte of a target's event files verified, and a report on each file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from farboard.cli.connect import connected
from farboard.cli.interrupt import run
from farboard.cli.options import reach, reach_options
from farboard.cli.pipe import reader_may_leave
from farboard.cli.talk import Talk, printable
from farboard.cli.words import counted, grouped, listed
from farboard.errors import FarboardError, SourceDown
from farboard.hub.answer import REFUSAL_MAX_BYTES
from farboard.hub.untrusted import BadAnswerError, object_in, parse_object, read_objects

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from farboard.hub.source import Source

SOMETHING_LOST = 1
LABEL_WIDTH = 10

Json = dict[str, Any]


@click.command("check", short_help="Verify every byte of the event files.")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, as docs/http-api.md has.")
@reach_options
def command(target: str, *, as_json: bool, **parameters: Any) -> None:
    """Read every byte of TARGET's event files, verify every checksum, and report on each file.

    Exit code 1: something is lost.
    """
    how = reach(parameters)
    parsed = how.target(target)
    how.check([parsed])
    talk = Talk()
    tell = _tell_json if as_json else _Report().tell

    async def work() -> bool:
        async with connected(parsed, how, talk, read_all=False) as source:
            return await _follow(_words(source), tell, talk)

    with reader_may_leave():
        lossless = run(work())
    if not lossless:
        raise click.exceptions.Exit(SOMETHING_LOST)


async def _words(source: Source) -> AsyncIterator[Json]:
    response = await source.open("GET", "/api/check")
    if response.status != 200:
        error = object_in(
            parse_object(await response.read(at_most_bytes=REFUSAL_MAX_BYTES)), "error"
        )
        raise FarboardError(str(error.get("message", "the engine refused")))
    async for word in read_objects(response.chunks()):
        yield word


async def _follow(words: AsyncIterator[Json], tell: Callable[[Json], None], talk: Talk) -> bool:
    """Pass the words on as they come; return whether nothing is lost."""
    try:
        async for word in words:
            if "progress" in word:
                talk.passing(_how_far(word["progress"]))
                continue
            talk.passing("")
            # In a thread, so that a slow reader of ours does not make the link look dead.
            await asyncio.to_thread(tell, word)
            if "total" in word:
                return not word["total"]["losses"]["count"]
    except (BadAnswerError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FarboardError(f"the engine's report makes no sense ({error!r})") from None
    raise SourceDown("the check broke off before its end")


def _how_far(progress: Json) -> str:
    megabytes_done, megabytes = progress["bytes_done"] / 1e6, progress["bytes"] / 1e6
    return (
        f"checking {progress['files_done']} of {progress['files']} files, "
        f"{megabytes_done:.1f} of {megabytes:.1f} MB"
    )


def _tell_json(word: Json) -> None:
    click.echo(json.dumps(word))


class _Report:
    """Prints for people; without a terminal, or with NO_COLOR, as plain text."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def tell(self, word: Json) -> None:
        if "total" in word:
            self._print(_summary(word["total"]))
            return
        self._print(_headline(word))
        for label, text in _lines(word):
            style = "red" if label == "lost" else ""
            self._print(Text.assemble("  ", (label.ljust(LABEL_WIDTH), "dim"), (text, style)))
        for loss in word["losses"]:
            self._print(Text(" " * (LABEL_WIDTH + 2) + _loss(loss)))
        untold = word["losses_total"]["count"] - len(word["losses"])
        if untold > 0:
            self._print(Text(f"{' ' * (LABEL_WIDTH + 2)}and {grouped(untold)} more"))
        self._print(Text(""))

    def _print(self, text: Text) -> None:
        self._console.print(text)


def _headline(file: Json) -> Text:
    lost = bool(file["losses_total"]["count"])
    verdict = ("damaged", "bold red") if lost else ("ok", "green")
    return Text.assemble((printable(file["file"]), "bold"), "  ", verdict)


def _lines(file: Json) -> list[tuple[str, str]]:
    """Label and text of each line that has something to say."""
    losses, tail = file["losses_total"], file["unfinished_tail_bytes"]
    lines = [
        ("run", printable(file["run"])),
        ("size", f"{counted(file['bytes'], 'byte')}, {counted(file['records'], 'record')}"),
        ("kinds", "; ".join(_kind(name, count) for name, count in file["kinds"].items())),
        ("steps", _span(file["steps"], grouped)),
        ("time", _span(file["wall_times_s"], _moment)),
        ("writer", printable(file["writer"] or "")),
        ("version", printable(file["file_version"] or "")),
        ("sessions", grouped(file["sessions"]) if file["sessions"] else ""),
        ("restarts", grouped(file["restarts"]) if file["restarts"] else ""),
        ("tail", f"{counted(tail, 'byte')} of an unfinished record" if tail else ""),
        ("lost", _lost(losses) if losses["count"] else ""),
    ]
    return [(label, text) for label, text in lines if text]


def _kind(name: str, count: Json) -> str:
    tags, values = counted(count["tags"], "tag"), counted(count["values"], "value")
    return f"{printable(name)}: {tags}, {values}"


def _span(ends: Any, shown: Callable[[Any], str]) -> str:
    if not ends:
        return ""
    first, last = shown(ends[0]), shown(ends[1])
    return first if first == last else f"{first} to {last}"


def _moment(time_s: float) -> str:
    """Return the local date and time; seconds when no calendar reaches that far."""
    with contextlib.suppress(OverflowError, OSError, ValueError):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_s))
    return f"{time_s} s"


def _lost(losses: Json) -> str:
    number = counted(losses["count"], "loss", "losses")
    return f"{number}, {counted(losses['bytes'], 'byte')}"


def _loss(loss: Json) -> str:
    length = f" ({counted(loss['length_bytes'], 'byte')})" if loss["length_bytes"] else ""
    return f"at {grouped(loss['offset_bytes'])}{length}: {printable(loss['message'])}"


def _summary(total: Json) -> Text:
    counts = listed(
        [
            counted(total["files"], "file"),
            counted(total["bytes"], "byte"),
            counted(total["records"], "record"),
            counted(total["values"], "value"),
        ]
    )
    tails, losses = total["unfinished_tails"], total["losses"]
    parts = [f"{counts} checked in {total['took_s']:.1f} s"]
    if tails:
        end = "ends" if tails == 1 else "end"
        parts.append(f"{counted(tails, 'file')} {end} in an unfinished record")
    verdict = ("nothing is lost", "bold green")
    if losses["count"]:
        damaged = counted(total["files_with_losses"], "file")
        verdict = (f"{_lost(losses)} in {damaged}", "bold red")
    return Text.assemble("; ".join(parts), ": ", verdict)
