"""`farboard boards`: what runs on this machine, and how it is."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from farboard.cli.pipe import reader_may_leave
from farboard.cli.talk import Talk, printable
from farboard.cli.words import age
from farboard.hub.running import all_running

if TYPE_CHECKING:
    from farboard.hub.running import Running

ASKED_AT_ONCE = 8
NO_ANSWER = "no_answer"
GOOD = ("live", "quiet")
# The words of docs/http-api.md, for people.
WORDS = {"needs_you": "needs you to log in", NO_ANSWER: "the board does not answer"}

Json = dict[str, Any]


@click.command("boards", short_help="List the boards that run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> None:
    """List the boards that run on this machine, and how each of their targets is."""
    boards = all_running()
    with ThreadPoolExecutor(ASKED_AT_ONCE) as threads:
        entries = list(threads.map(_entry, boards))
    if not entries:
        Talk().line("No board runs.")
    with reader_may_leave():
        if as_json:
            click.echo(json.dumps({"boards": entries}, indent=2))
        else:
            _print(entries)


def _entry(board: Running) -> Json:
    status = board.status()
    sources = (status or {}).get("sources")
    targets = [_target(source) for source in sources] if isinstance(sources, list) else []
    if status is None:
        # Which ones it shows is known; how they are is not.
        targets = [{"target": label, "state": NO_ANSWER, "message": ""} for label in board.labels]
    return {
        "pid": board.pid,
        "url": board.url,
        "background": board.background,
        "started_at_s": board.started_at_s,
        "answers": status is not None,
        "targets": targets,
    }


def _target(source: Any) -> Json:
    entry: Json = source if isinstance(source, dict) else {}
    names = {"target": "source", "state": "state", "message": "message", "since_s": "since_s"}
    return {name: entry.get(key) for name, key in names.items()}


def _print(entries: list[Json]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for entry in entries:
        running = age(max(0.0, time.time() - entry["started_at_s"]))
        where = "in the background" if entry["background"] else "in a terminal"
        head = f"  pid {entry['pid']}, {where}, for {running}"
        console.print(Text.assemble((entry["url"], "bold"), head))
        for target in entry["targets"]:
            state = str(target["state"])
            style = "green" if state in GOOD else "yellow"
            message = f" - {printable(str(target['message']))}" if target["message"] else ""
            line = Text(f"  {printable(str(target['target']))}  ")
            line.append(printable(WORDS.get(state, state)), style).append(message)
            console.print(line)
