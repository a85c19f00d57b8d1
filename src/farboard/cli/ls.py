"""`farboard ls`: the runs of a target as a table."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from farboard.cli.connect import connected
from farboard.cli.interrupt import run
from farboard.cli.options import reach, reach_options
from farboard.cli.pipe import reader_may_leave
from farboard.cli.talk import Talk, printable
from farboard.cli.words import age, grouped
from farboard.hub.untrusted import checked_runs

if TYPE_CHECKING:
    from farboard.cli.options import Reach
    from farboard.target import Target

COLUMNS = ("run", "points", "tags", "last_step", "age_s")

Row = dict[str, Any]


@click.command("ls", short_help="List the runs of a target.")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as docs/http-api.md has it.")
@reach_options
def command(target: str, *, as_json: bool, **parameters: Any) -> None:
    """List the runs of TARGET: points, tags, last step, and the age of the newest point.

    In a pipe the columns are separated by tabs, and the age is in seconds.
    """
    talk = Talk()
    how = reach(parameters)
    parsed = how.target(target)
    how.check([parsed])
    runs, now_s = run(_ask(parsed, how, talk))
    if not runs:
        talk.line(f"No runs in {target} yet.")
    with reader_may_leave():
        _print(target, runs, now_s, as_json=as_json)


async def _ask(target: Target, how: Reach, talk: Talk) -> tuple[list[Row], float]:
    """Return the runs, and what time it is over there."""
    async with connected(target, how, talk) as source:
        answer = await source.ask_object("/api/runs")
        return checked_runs(answer), source.far_now_s()


def _print(target: str, runs: list[Row], now_s: float, *, as_json: bool) -> None:
    rows = [_row(entry, now_s) for entry in runs]
    if as_json:
        click.echo(json.dumps({"target": target, "now_s": now_s, "runs": runs}, indent=2))
    elif not sys.stdout.isatty():
        _print_plain(rows)
    elif rows:
        Console(highlight=False).print(_table(rows))


def _row(entry: Row, now_s: float) -> Row:
    newest_s = entry.get("last_wall_time_s") or entry.get("modified_at_s")
    age_s = None if newest_s is None else max(0.0, now_s - newest_s)
    return {**entry, "age_s": age_s}


def _table(rows: list[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("run", overflow="fold")
    for name in ("points", "tags", "last step", "age"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(printable(row["run"])),
            grouped(row["points"]),
            grouped(row["tags"]),
            grouped(row["last_step"]),
            age(row["age_s"]),
        )
    return table


def _print_plain(rows: list[Row]) -> None:
    click.echo("\t".join(COLUMNS))
    for row in rows:
        cells = {**row, "run": printable(row["run"])}
        if row["age_s"] is not None:
            cells["age_s"] = f"{row['age_s']:.1f}"
        click.echo("\t".join("" if cells[name] is None else str(cells[name]) for name in COLUMNS))
