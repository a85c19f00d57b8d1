"""The row of kinds, where it has less room than it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.media_logs import write_media_logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

_IS_SEEN = """(kind) => {
    const [inner, outer] = [kind, kind.parentElement].map((each) => each.getBoundingClientRect());
    return inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
}"""


@pytest.fixture(scope="module")
def served(serve_logs: Callable[..., Served]) -> Served:
    return serve_logs(write_media_logs)


def test_what_was_chosen_elsewhere_is_seen_in_a_narrow_window(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    board.page.set_viewport_size({"width": 390, "height": 844})
    board.open(served.link("kinds=histogram"))
    row = board.get("kinds")
    chosen = row.locator('[data-kind="histogram"]')
    expect(chosen).to_have_attribute("aria-pressed", "true")
    board.until(lambda: chosen.evaluate(_IS_SEEN), "the chosen kind")
    assert not row.get_by_role("button", name="all").evaluate(_IS_SEEN)
    assert board.page.evaluate("scrollY") == 0
