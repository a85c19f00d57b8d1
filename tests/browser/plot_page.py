"""Plots of cards that are no charts of scalars: what is drawn, and what the tooltip says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.board_page import NEXT_FRAME

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage

Colour = tuple[int, int, int, int]

_COLOURS = """(host, places) => {
    const canvas = host.querySelector("canvas:not(.plot-over)");
    const outer = canvas.getBoundingClientRect();
    const inner = host.querySelector(".plot-area").getBoundingClientRect();
    const ratio = canvas.width / outer.width;
    // Looked at in a copy: reading the page's own would change how it is drawn.
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    return places.map(([x, y]) => {
        const left = inner.left - outer.left + x * inner.width;
        const top = inner.top - outer.top + y * inner.height;
        const at = [left, top].map((px) => Math.floor(px * ratio));
        return [...context.getImageData(...at, 1, 1).data];
    });
}"""

_TIP = """() => {
    const tip = document.querySelector('[data-testid="media-tooltip"]');
    if (!tip) return null;
    const texts = (cells) => [...cells].map((cell) => cell.textContent);
    return {
        title: tip.querySelector(".tip-title")?.textContent ?? "",
        columns: texts(tip.querySelectorAll("th")),
        rows: [...tip.querySelectorAll("tbody tr")].map((row) => texts(row.cells)),
    };
}"""


class Plot:
    """One plot; places are shares of what is within its axes, from the left top corner."""

    def __init__(self, board: BoardPage, element: Locator) -> None:
        self.board = board
        self.host = element.locator(".plot-host")

    def colours(self, *places: tuple[float, float]) -> list[Colour]:
        """Red, green, blue and alpha of the picture at some places."""
        found = self.host.evaluate(_COLOURS, [list(place) for place in places])
        return [(r, g, b, a) for r, g, b, a in found]

    def colour(self, x: float, y: float) -> Colour:
        """The same of one place."""
        return self.colours((x, y))[0]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A place in the window."""
        self.host.scroll_into_view_if_needed()
        box = self.host.locator(".plot-area").bounding_box()
        assert box
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def point(self, x: float, y: float) -> dict[str, str]:
        """Points at a place; the tooltip's rows of two cells there, and its title."""
        left, top = self.place(x, y)
        self.board.page.mouse.move(left, top - 2)
        self.board.page.mouse.move(left, top)
        expect(self.board.get("media-tooltip")).to_be_visible()
        self.board.page.evaluate(NEXT_FRAME)
        tip = self.board.page.evaluate(_TIP)
        assert tip
        return {"title": tip["title"], **{row[0]: row[1] for row in tip["rows"]}}

    def table_at(self, x: float, y: float) -> tuple[str, list[dict[str, str]]]:
        """Points at a place; the tooltip's title and its rows by the names of its columns."""
        self.point(x, y)
        tip = self.board.page.evaluate(_TIP)
        assert tip
        rows = [dict(zip(tip["columns"], row, strict=True)) for row in tip["rows"]]
        return str(tip["title"]), rows

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drags with the mouse."""
        mouse = self.board.page.mouse
        mouse.move(*self.place(*start))
        mouse.down()
        mouse.move(*self.place((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        mouse.move(*self.place(*end))
        mouse.up()


def away(a: Colour, b: Colour) -> int:
    """How far two colours are apart, at most over the channels."""
    return max(abs(x - y) for x, y in zip(a[:3], b[:3], strict=True))


def rgb(colour: str) -> Colour:
    """Of `#rrggbb`."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue, 255
