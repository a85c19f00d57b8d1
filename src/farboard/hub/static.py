"""The built page: files with a hash in their name are cached for ever, the rest is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.types import Scope

BUNDLE = Path(__file__).parents[1] / "static"
# What web/build.mjs writes: the name, a dash, ten hexadecimal digits.
HASHED_NAME = re.compile(r"-[0-9a-f]{10}\.[a-z0-9]+(\.map)?$")
FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"

NO_BUNDLE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Farboard</title>
<h1>The page is not built yet</h1>
<p>This Farboard runs from a source tree. Build it with <code>make web</code>, then reload.</p>
</html>
"""


class Static(StaticFiles):
    """Serves the bundle, or says how to get one.

    Args:
        bundle: the directory with index.html.
    """

    def __init__(self, bundle: Path = BUNDLE) -> None:
        super().__init__(directory=bundle, html=True, check_dir=False)
        self.bundle = bundle

    async def check_config(self) -> None:
        """Do nothing: a missing bundle gets its own page."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, with how long it may be kept."""
        if path == "." and not (self.bundle / "index.html").is_file():
            return HTMLResponse(NO_BUNDLE, 503)
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = FOR_EVER if HASHED_NAME.search(path) else ASK_EACH_TIME
        return response
