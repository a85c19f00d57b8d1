"""Farboard's page in a real browser: what is on it, where its curves are, and what went wrong."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response

PATIENCE_S = 30.0
_LOOK_AGAIN_MS = 40
# Shares of the plotting area: left, top, right, bottom.
Area = tuple[float, float, float, float]
WHOLE: Area = (-1.0, -1.0, 2.0, 2.0)

_REPORT_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""

NEXT_FRAME = """new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done())))"""

# A line's pixels have its colour at any opacity, where no other line lies on it.
_PIXELS = """(chart, [colour, least_alpha, area]) => {
    const near = 14;
    const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const canvas = chart.querySelector("canvas:not(.chart-overlay)");
    const found = {count: 0, left: 1, top: 1, right: 0, bottom: 0, mean_y: 0};
    if (!canvas) return found;
    const outer = canvas.getBoundingClientRect();
    const inner = chart.querySelector(".u-over").getBoundingClientRect();
    const ratio = canvas.width / outer.width;
    // Looked at in a copy: reading the page's own would change how it is drawn.
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    const {data, width} = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < least_alpha) continue;
        if (wanted.some((part, k) => Math.abs(part - data[i + k]) > near)) continue;
        const pixel = i / 4;
        const x = ((pixel % width) / ratio + outer.left - inner.left) / inner.width;
        const y = (Math.floor(pixel / width) / ratio + outer.top - inner.top) / inner.height;
        if (x < area[0] || y < area[1] || x > area[2] || y > area[3]) continue;
        found.count++;
        found.left = Math.min(found.left, x);
        found.right = Math.max(found.right, x);
        found.top = Math.min(found.top, y);
        found.bottom = Math.max(found.bottom, y);
        found.mean_y += y;
    }
    found.mean_y /= found.count || 1;
    return found;
}"""


@dataclass(frozen=True)
class Pixels:
    """The pixels of a colour: how many, and where, in shares of the plotting area."""

    count: int
    left: float
    top: float
    right: float
    bottom: float
    mean_y: float


class BoardPage:
    """A page of the board, and everything it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.allowed: list[str] = []
        self.strangers: list[str] = []
        page.add_init_script(_REPORT_VIOLATIONS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.hostname not in (
            "127.0.0.1",
            "localhost",
        ):
            self.strangers.append(request.url)

    def allow(self, pattern: str) -> None:
        """Complaints that match are expected in this test."""
        self.allowed.append(pattern)

    def check(self) -> None:
        """Nothing was asked of strangers, no policy was broken, no error was logged."""
        assert not self.strangers, self.strangers
        surprising = [
            text
            for text in self.complaints
            if not any(re.search(pattern, text) for pattern in self.allowed)
        ]
        assert not surprising, surprising

    def open(self, link: str) -> None:
        """Goes to a link and waits until the board knows its sources."""
        self.page.goto(link)
        expect(self.get("bar-chip").first).to_be_visible()

    def get(self, testid: str, **attributes: str) -> Locator:
        """Elements by test id and `data-…` attributes."""
        more = "".join(f'[data-{name}="{value}"]' for name, value in attributes.items())
        return self.page.locator(f'[data-testid="{testid}"]{more}')

    def card(self, tag: str) -> Card:
        """The card of a tag."""
        return Card(self, tag)

    def colour(self, run: str) -> str:
        """A run's colour, as its check box shows it: `#rrggbb`."""
        box = self.get("run-row", run=run).get_by_test_id("run-check")
        colour = box.evaluate("(box) => getComputedStyle(box).getPropertyValue('--run').trim()")
        assert re.fullmatch("#[0-9a-f]{6}", colour), colour
        return str(colour)

    def choose(self, testid: str, choice: str) -> None:
        """Chooses one of a few words."""
        self.get(testid).get_by_role("radio", name=choice).check()

    def smooth(self, weight: float) -> None:
        """Types a smoothing weight."""
        field = self.get("smoothing-value")
        field.fill(str(weight))
        field.press("Enter")

    def tip_rows(self) -> list[dict[str, str]]:
        """The tooltip's rows as they stand, each by the names of its columns."""
        rows = self.page.evaluate(
            """() => {
                const texts = (cells) => [...cells].map((cell) => cell.textContent);
                const tip = document.querySelector('[data-testid="tooltip"]');
                if (!tip) return [];
                const names = texts(tip.querySelectorAll("th"));
                return [...tip.querySelectorAll('[data-testid="tooltip-row"]')].map((row) => {
                    const entries = texts(row.cells).map((text, i) => [names[i], text]);
                    return {...Object.fromEntries(entries), run: row.dataset.run};
                });
            }"""
        )
        return [{str(name): str(text) for name, text in row.items()} for row in rows]

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Waits for something that no locator can say."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline_s, f"never: {what}"
            self.page.wait_for_timeout(_LOOK_AGAIN_MS)


class Card:
    """One chart."""

    def __init__(self, board: BoardPage, tag: str) -> None:
        self.board = board
        self.tag = tag
        self.element = board.get("card", tag=tag)
        self.plot = self.element.locator(".chart .u-over")

    def get(self, testid: str) -> Locator:
        """An element of this card."""
        return self.element.get_by_test_id(testid)

    def wait_until_drawn(self) -> None:
        """Waits for the answer to what was done last."""
        self.board.page.evaluate(NEXT_FRAME)  # until then the card may not say that it waits
        expect(self.element).to_have_attribute("data-state", "drawn")
        expect(self.element).not_to_have_attribute("data-busy", "true")

    def pixels(self, run: str, area: Area = WHOLE, least_alpha: int = 30) -> Pixels:
        """Where a run's colour is on the canvas."""
        return self.pixels_of(self.board.colour(run), area, least_alpha)

    def pixels_of(self, colour: str, area: Area = WHOLE, least_alpha: int = 30) -> Pixels:
        """Where a colour is on the canvas."""
        chart = self.element.locator(".chart")
        return Pixels(**chart.evaluate(_PIXELS, [colour, least_alpha, list(area)]))

    def shows(self, run: str, area: Area = WHOLE) -> bool:
        """Whether a run's colour is there."""
        return self.pixels(run, area).count > 0

    def wait_for_line(self, *runs: str) -> None:
        """Waits until these runs are on the canvas."""
        self.wait_until_drawn()
        for run in runs:
            self.board.until(lambda run=run: self.shows(run), f"{run} in {self.tag}")  # type: ignore[misc]

    def place(self, x: float, y: float = 0.5) -> tuple[float, float]:
        """A place in the window, from shares of the plotting area."""
        self.plot.scroll_into_view_if_needed()
        box = self.plot.bounding_box()
        assert box
        # The outermost pixel belongs to the neighbour.
        left = box["x"] + min(max(x * box["width"], 1), box["width"] - 2)
        top = box["y"] + min(max(y * box["height"], 1), box["height"] - 2)
        return left, top

    def tip_at(self, x: float, y: float = 0.5) -> list[dict[str, str]]:
        """Points at a place; what the tooltip says there."""
        tooltip = self.board.get("tooltip")

        def points() -> bool:
            left, top = self.place(x, y)
            self.board.page.mouse.move(left, top - 3)
            self.board.page.mouse.move(left, top)
            self.board.page.evaluate(NEXT_FRAME)
            return tooltip.is_visible()

        self.board.until(points, "the tooltip")  # once more where the chart has moved meanwhile
        return self.board.tip_rows()

    def drag(self, start: float, end: float) -> None:
        """Drags along x with the mouse."""
        mouse = self.board.page.mouse
        mouse.move(*self.place(start))
        mouse.down()
        mouse.move(*self.place((start + end) / 2))
        mouse.move(*self.place(end))
        mouse.up()

    def asks(self, **wanted: Any) -> Callable[[Response], bool]:
        """Matches answers to questions about this tag."""

        def matches(response: Response) -> bool:
            if not response.url.endswith("/api/scalars"):
                return False
            ask = asked(response)
            about = any(series["tag"] == self.tag for series in ask["series"])
            return about and all(ask[name] == value for name, value in wanted.items())

        return matches

    def answer(self, response: Response, run: str) -> dict[str, Any]:
        """The row of a run in an answer."""
        series = asked(response)["series"]
        (wanted,) = [s["id"] for s in series if (s["run"], s["tag"]) == (run, self.tag)]
        rows = pa.ipc.open_stream(response.body()).read_all().to_pylist()
        (row,) = [row for row in rows if row["id"] == wanted]
        assert isinstance(row, dict)
        return row


def asked(response: Response) -> dict[str, Any]:
    """The question to an answer."""
    question = response.request.post_data_json
    assert isinstance(question, dict)
    return question


def number(text: str) -> float:
    """A number as the page writes it."""
    return float(text.replace("\u2212", "-").replace("\u202f", ""))
