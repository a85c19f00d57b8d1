"""`farboard doctor`: how a target is reached, how long that takes, and what would help."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from farboard.cli.doctor_measures import measure_round_trips, measure_throughput
from farboard.cli.doctor_ssh import look_at_ssh, say_greeting, say_phases
from farboard.cli.interrupt import run
from farboard.cli.options import reach, reach_options
from farboard.cli.phases import NAMES, Phases
from farboard.cli.pipe import reader_may_leave
from farboard.cli.report import Report
from farboard.cli.talk import Talk
from farboard.cli.words import counted, listed
from farboard.errors import FarboardError
from farboard.hub.logdir import logdir_error
from farboard.hub.sources import Sources
from farboard.hub.untrusted import object_in
from farboard.link.bootstrap import SHARED_DIRECTORIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.cli.options import Reach
    from farboard.hub.source import Source
    from farboard.link import Link, LinkState
    from farboard.target import Target

READ_WITHIN_S = 30.0
SKEW_WORTH_A_LOOK_S = 5.0
# The kernel tells of changes by others only where it makes them itself.
NETWORK_FILE_SYSTEMS = (
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "fuse", "glusterfs", "gpfs", "lustre", "nfs",
    "orangefs", "panfs", "pvfs2", "smb", "wekafs",
)  # fmt: skip
# Where the engine is only when the user's own directories will not do.
MEMORY = "memory"
MAKESHIFT = tuple(f"{directory}/farboard-" for directory in SHARED_DIRECTORIES)


@click.command("doctor", short_help="Say what is slow or in the way, and what helps.")
@click.argument("target", metavar="HOST[:DIR]|DIR")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reach_options
def command(target: str, *, as_json: bool, **parameters: Any) -> None:
    """Connect as a board does, and report on every step: what it found, how long it took.

    Exit code 0: a board would work. Otherwise the code that the board would end with.
    """
    how = reach(parameters)
    place = parse_place(target, how)
    how.check([place])
    report = Report(as_json=as_json)
    with reader_may_leave():
        failed = run(_examine(place, how, report, Talk()))
        report.end(target, works=failed is None)
    if failed:
        raise click.exceptions.Exit(failed.exit_code)


def parse_place(text: str, how: Reach) -> Target:
    """Read a target; a word that is no directory here is a machine, as with ssh.

    Raises:
        TargetError: it cannot be understood.
    """
    place = how.target(text)
    no_path = not any(sign in text for sign in "/\\~") and text not in (".", "..")
    if place.kind == "local" and no_path and not Path(place.path).exists():
        return how.target(f"{text}:")
    return place


async def _examine(target: Target, how: Reach, report: Report, talk: Talk) -> FarboardError | None:
    """Report on everything; return what would keep a board from working."""
    phases = Phases()
    log = how.open_log(talk)
    make = how.link_maker(talk.line, log, phases)

    def make_link(target: Target, on_state: Callable[[LinkState], None]) -> Link:
        def heard(state: LinkState) -> None:
            phases.state(state)
            talk.passing(state.message)
            on_state(state)

        return make(target, heard)

    sources = Sources()
    try:
        if target.kind == "ssh":
            await look_at_ssh(target, how.ssh_arguments, report)
        source = sources.add(target, make_link)
        try:
            await source.start()
            await source.wait_until_known()
        finally:
            talk.passing("")
            say_phases(phases, report)
        return await _look_at_engine(source, phases, report, talk)
    except FarboardError as error:
        report.fail(error, NAMES.get(phases.current, "") if target.kind == "ssh" else "")
        return error
    finally:
        talk.passing("")
        await sources.close()


async def _look_at_engine(
    source: Source, phases: Phases, report: Report, talk: Talk
) -> FarboardError | None:
    say_greeting(phases, report)
    _say_engine(source, phases, report)
    error = logdir_error(source)
    if error is not None:
        report.fail(error, "looking for the directory")
        return error
    _say_logdir(source, report)
    await _say_load(source, report, talk)
    _say_clock(source, report)
    await measure_round_trips(source, report)
    if source.target.is_far:
        await measure_throughput(source, report)
    return None


def _say_engine(source: Source, phases: Phases, report: Report) -> None:
    engine = object_in(source.status, "engine")
    about = ", ".join(
        [
            str(engine.get("platform", "")),
            f'as "{engine.get("user", "")}" on {engine.get("host", "")}',
            counted(int(engine.get("threads") or 1), "thread"),
        ]
    )
    report.find("engine", about, engine=engine)
    place = phases.runs_from
    if not place:
        return
    makeshift = place == MEMORY or place.startswith(MAKESHIFT)
    sent = ", where it was sent now" if phases.sent_engine else ""
    report.find(
        "runs from",
        f"{place}{sent}",
        "look" if makeshift else "ok",
        "the home's cache directory cannot keep or run programs (full, read-only, noexec): set "
        "XDG_CACHE_HOME there to one that can, or the engine has to be sent again and again"
        if makeshift
        else "",
        path=place,
        sent=phases.sent_engine,
    )


def _say_logdir(source: Source, report: Report) -> None:
    logdir = object_in(source.status, "logdir")
    report.find("directory", str(logdir.get("path", "")), logdir=logdir)
    kind = logdir.get("file_system")
    if not isinstance(kind, str):
        report.find(
            "file system",
            "not known, so neither is whether the kernel tells of changes",
        )
    elif kind.startswith(NETWORK_FILE_SYSTEMS):
        report.find(
            "file system",
            f"{kind}; changes are noticed by looking, every 0.7 s",
            file_system=kind,
            noticed_by="looking",
        )
    else:
        report.find(
            "file system",
            f"{kind}; changes are noticed by the kernel's word, at once",
            file_system=kind,
            noticed_by="kernel",
        )
    silent_s = logdir.get("silent_s")
    if isinstance(silent_s, (int, float)):
        report.find(
            "file system",
            f"has not answered for {silent_s:.0f} s",
            "wrong",
            "the file system of the logs hangs: ask the administrator of its server",
        )


async def _say_load(source: Source, report: Report, talk: Talk) -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    talk.passing("waiting until the engine has read everything")
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(source.wait_until_read(), READ_WITHIN_S)
    talk.passing("")
    took_s = loop.time() - began_s
    load, index = object_in(source.status, "load"), object_in(source.status, "index")
    runs, points = int(load.get("runs") or 0), int(load.get("points") or 0)
    sizes = [
        counted(runs, "run"),
        counted(int(load.get("files") or 0), "file"),
        f"{_megabytes(load.get('bytes'))} MB",
        counted(points, "point"),
    ]
    done = load.get("state") == "live"
    read = f"read within {took_s:.1f} s" if done else f"still being read after {took_s:.0f} s"
    report.find("how much", f"{listed(sizes)}; {read}", load=load, read_s=took_s if done else None)
    state = str(index.get("state", "unknown"))
    bad = state in ("unwritable", "full")
    spared = index.get("restored_bytes")
    restored = f", which spared reading {_megabytes(spared)} MB" if spared else ""
    report.find(
        "index",
        f"{state}{restored}" + (f": {index.get('message')}" if bad else ""),
        "look" if bad else "ok",
        "without an index every start reads everything again: make room in the cache directory "
        "there, or set XDG_CACHE_HOME"
        if bad
        else "",
        index=index,
    )


def _say_clock(source: Source, report: Report) -> None:
    skew_s = source.entry()["clock_skew_s"]
    if not source.target.is_far or not isinstance(skew_s, (int, float)):
        return
    off = abs(skew_s) > SKEW_WORTH_A_LOOK_S
    side = "ahead of" if skew_s > 0 else "behind"
    report.find(
        "clock",
        f"{abs(skew_s):.1f} s {side} ours (corrected on the page)" if off else "as ours",
        "look" if off else "ok",
        f"the clock of {source.target.machine} is wrong, or ours: time synchronisation helps"
        if off
        else "",
        clock_skew_s=skew_s,
    )


def _megabytes(size_bytes: Any) -> str:
    return f"{(size_bytes or 0) / 1e6:.1f}"
