"""`farboard export`: everything of a target, as CSV, JSON lines and files."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import functools
import io
import json
import os
import re
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from farboard.cli.connect import connected
from farboard.cli.export_kinds import COLUMNS, KINDS, KindExport, rows_of
from farboard.cli.export_manifest import Folder
from farboard.cli.interrupt import run
from farboard.cli.options import reach, reach_options
from farboard.cli.pipe import reader_may_leave
from farboard.cli.talk import Talk, printable
from farboard.errors import FarboardError, UsageError
from farboard.hub.answer import REFUSAL_MAX_BYTES
from farboard.hub.join import join_tags

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from farboard.cli.export_values import Point
    from farboard.hub.source import Source

Json = dict[str, Any]


@click.command("export", short_help="Write every point and value as CSV, JSON lines and files.")
@click.argument("target")
@click.option("--run", "run_re", metavar="RE", help="Only runs whose name matches anywhere.")
@click.option("--tag", "tag_re", metavar="RE", help="Only tags whose name matches anywhere.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([*KINDS, "all"]),
    multiple=True,
    metavar="KIND",
    help="What to write: scalar (default), histogram, image … or all; may be repeated.",
)
@click.option(
    "--restarts",
    type=click.Choice(["latest", "all"]),
    default="latest",
    show_default=True,
    help="Leave points out that a restart superseded, or keep all.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "jsonl"]),
    default="csv",
    show_default=True,
    help="Comma-separated values, or one JSON object per line.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to FILE, which appears when it is complete. Default: standard output.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write files of all kinds into DIR, with a manifest; what is there already is kept.",
)
@functools.partial(reach_options, taken="-o")
def command(
    target: str,
    *,
    run_re: str | None,
    tag_re: str | None,
    kinds: tuple[str, ...],
    restarts: str,
    file_format: str,
    output: Path | None,
    folder: Path | None,
    **parameters: Any,
) -> None:
    """Write every scalar point of TARGET, at full precision, in the order it was written.

    The columns are run,tag,step,wall_time,value,superseded. With --kind also histograms and PR
    curves (every bucket, every threshold); with --to DIR everything else too, as files.
    """
    chosen = _chosen_kinds(kinds, output, folder)
    how = reach(parameters)
    parsed = how.target(target)
    how.check([parsed])
    wanted = _Wanted(_compiled("--run", run_re), _compiled("--tag", tag_re), chosen)
    talk = Talk()

    async def work() -> None:
        async with connected(parsed, how, talk) as source:
            tags = await source.ask_object("/api/tags")
            join_tags([(source.name, tags)])  # raises where they are in another shape
            if folder is not None:
                into = Folder(folder, file_format)
                await _write_folder(source, into, wanted.named(tags), restarts, talk)
                return
            rows: AsyncIterator[bytes]
            if chosen == ("scalar",):
                rows = _rows(source, wanted.series(tags), restarts, file_format)
            else:
                [kind] = chosen
                damage = _Damage(talk)
                rows = rows_of(source, kind, wanted.named(tags), restarts, file_format, damage.note)
            with _opened(output) as out:
                await _copy(rows, out, talk if output else None)

    with reader_may_leave():
        run(work())


class _Wanted:
    """Which series are wanted."""

    def __init__(
        self,
        run_re: re.Pattern[str] | None,
        tag_re: re.Pattern[str] | None,
        kinds: Sequence[str],
    ) -> None:
        self.run_re = run_re
        self.tag_re = tag_re
        self.kinds = kinds

    def series(self, tags: Json) -> list[Json] | None:
        """Return the wanted scalar series by run, then tag; None when all are.

        Raises:
            FarboardError: there is none.
        """
        found = self.named(tags)
        if self.run_re is None and self.tag_re is None:
            return None
        return [{"run": one["run"], "tag": one["tag"]} for one in found]

    def named(self, tags: Json) -> list[Json]:
        """Return the wanted series by run, then tag, with their kinds.

        Raises:
            FarboardError: there is none.
        """
        found = [
            (run_place, entry["tag"], entry["kind"])
            for entry in tags["tags"]
            if entry["kind"] in self.kinds and _matches(self.tag_re, entry["tag"])
            for run_place in entry["run"]
            if _matches(self.run_re, tags["runs"][run_place])
        ]
        what = self.kinds[0].replace("_", " ") if len(self.kinds) == 1 else "value"
        if not found and not tags["tags"]:
            raise FarboardError(f"there are no {what}s here yet")
        if not found:
            raise FarboardError(
                f"no {what} matches --run and --tag",
                'they are regular expressions; "farboard ls" shows the runs',
            )
        # Stable: the tags of a run stay in the engine's order.
        found.sort(key=lambda one: one[0])
        return [
            {"run": tags["runs"][place], "tag": tag, "kind": kind} for place, tag, kind in found
        ]


def _chosen_kinds(
    kinds: Sequence[str], output: Path | None, folder: Path | None
) -> tuple[str, ...]:
    """Return what is to be written, if there is a place for it."""
    if folder is not None and output is not None:
        raise UsageError("--to and -o are two places for the same")
    chosen = tuple(KINDS if "all" in kinds else dict.fromkeys(kinds or ("scalar",)))
    if folder is None and not (len(chosen) == 1 and chosen[0] in ("scalar", *COLUMNS)):
        raise UsageError("these kinds need a directory: --to DIR")
    return chosen


class _Damage:
    """Says which rows are missing because their value could not be read."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def note(self, series: Json, point: Point, error: str) -> None:
        """Say it."""
        where = f"{series['run']} {series['tag']} at step {point.step}"
        self._talk.line(f"left out: {where}: {error}", "yellow")


async def _write_folder(
    source: Source, folder: Folder, series: Sequence[Json], restarts: str, talk: Talk
) -> None:
    """Write series of all kinds into a directory.

    Raises:
        FarboardError: it cannot be written.
    """
    scalars = [{"run": one["run"], "tag": one["tag"]} for one in series if one["kind"] == "scalar"]
    others = [one for one in series if one["kind"] != "scalar"]
    try:
        with folder.opened():
            if scalars:
                path = folder.root / f"scalars.{folder.format}"
                with _atomically(path) as out:
                    await _copy(_rows(source, scalars, restarts, folder.format), out, talk)
            await KindExport(source, folder, restarts, talk.passing).write(others)
    except OSError as error:
        raise FarboardError(f"cannot write into {folder.root}: {error.strerror}") from None
    talk.passing("")
    talk.line(f"{folder.files} files, {folder.bytes / 1e6:.1f} MB, in {folder.root}")
    if folder.errors:
        talk.line(f"{folder.errors} values could not be read: see the manifest", "yellow")


def _compiled(option: str, text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise UsageError(f'{option} "{text}" is not a regular expression ({error})') from None


def _matches(pattern: re.Pattern[str] | None, name: str) -> bool:
    return pattern is None or pattern.search(name) is not None


async def _rows(
    source: Source, series: Sequence[Json] | None, restarts: str, file_format: str
) -> AsyncIterator[bytes]:
    asked = {"series": series, "restarts": restarts, "format": file_format}
    response = await source.open("POST", "/api/export", json.dumps(asked).encode(), "*/*")
    if response.status != 200:
        said = await response.read(at_most_bytes=REFUSAL_MAX_BYTES)
        raise FarboardError("the engine refused the export", said.decode(errors="replace")[:1000])
    async for chunk in response.chunks():
        yield chunk


async def _copy(chunks: AsyncIterator[bytes], out: IO[bytes] | _Shown, talk: Talk | None) -> None:
    """Write in a thread, so that a slow reader of ours does not make the link look dead."""
    written_bytes = 0
    async for chunk in chunks:
        await asyncio.to_thread(out.write, chunk)
        written_bytes += len(chunk)
        if talk:
            talk.passing(f"{written_bytes / 1e6:.1f} MB written")
    await asyncio.to_thread(out.flush)


class _Shown(io.RawIOBase):
    """Standard output in a terminal: control characters are shown, not sent."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def write(self, data: Any) -> int:
        """Print rows, or parts of them."""
        lines = self._decode(bytes(data)).split("\n")
        sys.stdout.write("\n".join(printable(line) for line in lines))
        return len(data)

    def flush(self) -> None:
        """Let everything be seen."""
        sys.stdout.flush()


@contextlib.contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes] | _Shown]:
    """Where the rows go: a file appears under its name when it is complete, and not before.

    Raises:
        FarboardError: it cannot be written.
    """
    if output is None or str(output) == "-":
        # A name in a log file may be anything, also what a terminal obeys.
        yield _Shown() if sys.stdout.isatty() else sys.stdout.buffer
        return
    try:
        with _atomically(output) if _is_replaceable(output) else output.open("wb") as out:
            yield out
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FarboardError(f"cannot write {output}: {error.strerror}") from None


def _is_replaceable(output: Path) -> bool:
    """Not /dev/null, a pipe, or a link, which shall stay what they are."""
    try:
        return stat.S_ISREG(output.lstat().st_mode)
    except FileNotFoundError:
        return True


@contextlib.contextmanager
def _atomically(output: Path) -> Iterator[IO[bytes]]:
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as out:
            yield out
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
