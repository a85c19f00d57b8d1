"""A report that grows line by line: what is well, what is worth a look, what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.text import Text

from farboard.cli.talk import printable

if TYPE_CHECKING:
    from farboard.errors import FarboardError

Verdict = Literal["ok", "look", "wrong"]

MARKS = {"ok": ("✓ ok    ", "green"), "look": ("! look  ", "yellow"), "wrong": ("✗ wrong ", "red")}
NAME_WIDTH = 18
QUOTE_CHARS = 300


class Report:
    """Prints findings as they come, for people; keeps them for machines.

    Args:
        as_json: print nothing before the end.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(highlight=False, soft_wrap=True)
        self._findings: list[dict[str, Any]] = []
        self._advice: list[str] = []

    def find(
        self, name: str, text: str, verdict: Verdict = "ok", advice: str = "", **values: Any
    ) -> None:
        """Add a finding.

        Args:
            name: what was looked at.
            text: what was found, for people.
            verdict: how that is.
            advice: what to change, told at the end.
            values: the same for machines.
        """
        self._findings.append({"name": name, "verdict": verdict, "text": text, **values})
        if advice and advice not in self._advice:
            self._advice.append(advice)
        mark, style = MARKS[verdict]
        self._print(Text.assemble((mark, style), (name.ljust(NAME_WIDTH), "dim"), printable(text)))

    def fail(self, error: FarboardError, phase: str) -> None:
        """Add what made an end of it."""
        self._findings.append(
            {
                "name": "failed",
                "verdict": "wrong",
                "text": error.message,
                "hint": error.hint,
                "phase": phase,
                "exit_code": error.exit_code,
            }
        )
        where = f" (while {phase})" if phase else ""
        mark, style = MARKS["wrong"]
        self._print(Text.assemble((mark, style), printable(f"{error.message}{where}")))
        if error.hint:
            self._advice.insert(0, error.hint)

    def end(self, target: str, *, works: bool) -> None:
        """Say what to change, and whether a board would work."""
        if self._as_json:
            whole = {
                "target": target,
                "works": works,
                "findings": self._findings,
                "advice": self._advice,
            }
            self._console.file.write(json.dumps(whole, indent=2) + "\n")
            return
        if self._advice:
            self._print(Text("\nWhat to change", "bold"))
        for line in self._advice:
            self._print(Text(f"  - {printable(line)}"))
        verdict = ("A board of it works.", "bold green")
        if not works:
            verdict = ("A board of it would not work.", "bold red")
        self._print(Text.assemble("\n", verdict))

    def _print(self, text: Text) -> None:
        if not self._as_json:
            self._console.print(text)


def quoted(text: str) -> str:
    """Return text from elsewhere as a quote that is not too long."""
    whole = " ".join(text.split())
    shown = whole if len(whole) <= QUOTE_CHARS else f"{whole[:QUOTE_CHARS]}…"
    return f'"{shown}"'
