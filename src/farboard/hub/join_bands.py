"""Makes one band of those of several sources: as if all their series had been in one place.

The columns are the same everywhere; in each, counts, means and squared differences are merged by
the formula of Chan, Golub and LeVeque ("Updating Formulae and a Pairwise Algorithm for Computing
Sample Variances", 1979).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from farboard.hub.untrusted import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from farboard.hub.join import Json

LISTS = (
    "column",
    "x_min",
    "x_max",
    "n",
    "points_of_column",
    "mean",
    "m2",
    "min",
    "max",
)


@dataclass
class Cell:
    """What is known of some series in one column."""

    x_min: float
    x_max: float
    n: int
    points: int
    mean: float
    m2: float
    min: float
    max: float

    def join(self, other: Cell) -> None:
        """Take in other series."""
        self.x_min = min(self.x_min, other.x_min)
        self.x_max = max(self.x_max, other.x_max)
        self.points += other.points
        n = self.n + other.n
        difference = other.mean - self.mean
        self.mean += difference * (other.n / n)
        self.m2 += other.m2 + difference * difference * (self.n * other.n / n)
        self.n = n
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)


def join_bands(parts: Sequence[tuple[Json, float]], ids: Sequence[Any]) -> Json:
    """Join the answers of some sources.

    Args:
        parts: what each answered, its groups named by their places, and by how much its x are
            ahead of ours.
        ids: what the groups are to be called, in their order.

    Raises:
        BadAnswerError: a part is not in the agreed shape.
    """
    try:
        return _join_bands(parts, ids)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise BadAnswerError(f"bands in another shape: {error!r}") from None


def _join_bands(parts: Sequence[tuple[Json, float]], ids: Sequence[Any]) -> Json:
    groups: list[tuple[int, int, dict[int, Cell]]] = [(0, 0, {}) for _ in ids]
    for part, ahead in parts:
        for band in part["groups"]:
            at = band["id"]
            if not 0 <= at < len(ids):
                raise BadAnswerError("a band nobody asked for")
            series, points, cells = groups[at]
            for column, cell in _cells(band, ahead).items():
                if column in cells:
                    cells[column].join(cell)
                else:
                    cells[column] = cell
            groups[at] = (series + int(band["series"]), points + int(band["points"]), cells)
    ranges = [[float(end) - ahead for end in part["range"]] for part, ahead in parts]
    return {
        "range": ranges[0] if ranges else None,
        "groups": [
            {"id": name, "series": series, "points": points, **_lists(cells)}
            for name, (series, points, cells) in zip(ids, groups, strict=True)
        ],
    }


def _cells(band: Json, ahead: float) -> dict[int, Cell]:
    rows = list(zip(*(band[name] for name in LISTS), strict=True))
    cells = {}
    for column, x_min, x_max, n, points, mean, m2, low, high in rows:
        if n < 1:
            raise BadAnswerError("a column of a band without a series")
        cells[int(column)] = Cell(
            math.inf if x_min is None else float(x_min) - ahead,
            -math.inf if x_max is None else float(x_max) - ahead,
            int(n),
            int(points),
            *(float(number) for number in (mean, m2, low, high)),
        )
    return cells


def _lists(cells: dict[int, Cell]) -> Json:
    columns = sorted(cells)
    ordered = [cells[column] for column in columns]
    return {
        "column": columns,
        "x_min": [cell.x_min if math.isfinite(cell.x_min) else None for cell in ordered],
        "x_max": [cell.x_max if math.isfinite(cell.x_max) else None for cell in ordered],
        "n": [cell.n for cell in ordered],
        "points_of_column": [cell.points for cell in ordered],
        "mean": [_number(cell.mean) for cell in ordered],
        "m2": [_number(cell.m2) for cell in ordered],
        "min": [_number(cell.min) for cell in ordered],
        "max": [_number(cell.max) for cell in ordered],
    }


def _number(value: float) -> float | str:
    """Return a number as JSON has it: one of three words when it is not finite."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
