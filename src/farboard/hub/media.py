"""The routes for what is no curve: values of all kinds, bytes of images and sounds, thumbnails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from farboard.hub.answer import REFUSAL_MAX_BYTES
from farboard.hub.api_error import ApiError
from farboard.hub.asking import (
    ask_objects,
    ask_some,
    body_of,
    json_answer,
    numbered,
    passed_on,
    raise_if_nobody,
    read_object,
    series_by_source,
    series_of,
    source_named,
)
from farboard.hub.fanout import Question
from farboard.hub.join import with_source
from farboard.hub.untrusted import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from farboard.hub.auth import Auth
    from farboard.hub.join import Json, Part
    from farboard.hub.sources import Sources
    from farboard.link import Response as FarResponse

# What may stand in an address as it is: no query, no fragment, no line break.
ADDRESS = re.compile(r"[A-Za-z0-9\-._~%!$'()*+,;:@=/]+")
MEDIA_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+(; ?charset=[a-z0-9-]+)?", re.IGNORECASE)
UP = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)
LENGTH = re.compile("[0-9]{1,18}")
PLAIN = re.compile("[!-~]([ -~]{0,198}[!-~])?")
# In which sizes there are thumbnails: the longer side at most.
SIZES_PX = ("64", "128", "256", "512", "1024")
UNKNOWN_TYPE = "application/octet-stream"
# What a browser only shows or plays. Anything else it saves: a log file is no page of ours.
SHOWN = re.compile(r"image/(png|jpeg|gif|webp|bmp|avif)|audio/[a-z0-9.+-]+|video/(mp4|webm)")
ASKED_WITH = ("range", "if-none-match")
PASSED_BACK = ("content-range", "accept-ranges", "etag", "last-modified")
SAFETY_HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    # Kept by the browser, and asked for again each time: a replaced file has another ETag.
    "cache-control": "private, no-cache",
}


class Media:
    """The answers about values, blobs, thumbnails and assets.

    Args:
        sources: whom to ask.
        auth: signs the addresses of blobs and assets.
    """

    def __init__(self, sources: Sources, auth: Auth) -> None:
        self.sources = sources
        self.auth = auth

    def all(self) -> list[Route]:
        """For the router."""
        return [
            Route("/api/values", self.values, methods=["POST"]),
            Route("/api/blob/{ref:path}", self.content, methods=["GET"]),
            Route("/api/thumbnail/{ref:path}", self.thumbnail, methods=["GET"]),
            Route("/api/assets", self.assets, methods=["GET"]),
            Route("/api/asset/{path:path}", self.content, methods=["GET"]),
        ]

    async def values(self, request: Request) -> Response:
        """Values of any kind and source; what has bytes of its own has a `url` to them."""
        asked = await read_object(request)
        series = numbered(series_of(asked, ("source", "run", "tag", "kind")))
        questions = [
            Question(source, "POST", "/api/values", body_of(asked, own))
            for source, own in series_by_source(self.sources, series).items()
        ]
        answers = await ask_some(request, questions)
        answer = json_answer(answers, self._join_values)
        raise_if_nobody(answers)
        return answer

    def _join_values(self, parts: Sequence[Part]) -> Json:
        joined = with_source(parts, "series")
        for item in joined:
            self._add_urls(item.get("value"), item["source"])
            if item.get("kind") == "image":
                self._add_thumbnails(item.get("value"), item["source"])
        return {"series": joined}

    async def assets(self, request: Request) -> Response:
        """Return the files beside the logs, of all sources that answer."""
        return await ask_objects(request, self.sources.shown(), "/api/assets", self._join_assets)

    def _join_assets(self, parts: Sequence[Part]) -> Json:
        assets = with_source(parts, "assets")
        for asset in assets:
            if not isinstance(asset.get("path"), str):
                raise BadAnswerError("an asset without a path")
            address = quote(asset["path"], safe="", errors="backslashreplace")
            asset["url"] = self._url(f"/api/asset/{address}", asset["source"])
        return {"assets": assets}

    async def thumbnail(self, request: Request) -> Response:
        """Pass on an image that the engine made smaller."""
        px = request.query_params.get("px", "")
        if px not in SIZES_PX:
            raise ApiError("bad_request", f"px must be one of {', '.join(SIZES_PX)}")
        return await self._passed_through(request, f"?px={px}")

    async def content(self, request: Request) -> Response:
        """Pass on the bytes of a blob or an asset as they come, all or a range of them."""
        return await self._passed_through(request)

    async def _passed_through(self, request: Request, query: str = "") -> Response:
        source = source_named(request, self.sources)
        # As it was sent: a slash inside a file's path is no slash of the address.
        address = request.scope["raw_path"].decode("latin-1")
        if not ADDRESS.fullmatch(address):
            raise ApiError("bad_request", "the address has characters that stand in none")
        address += query
        headers = {name: request.headers[name] for name in ASKED_WITH if name in request.headers}
        response = await source.open("GET", address, accept="*/*", headers=headers)
        if "range" in headers and not _is_same(request, response):
            # Half of an old file and half of a new one make no file.
            response.cancel()
            response = await source.open("GET", address, accept="*/*")
        if response.status == 416:
            return await _bad_range(response)
        if response.status == 304:
            return Response(status_code=304, headers=_headers(response))
        if response.status not in (200, 206):
            raise passed_on(source, await response.read(at_most_bytes=REFUSAL_MAX_BYTES))
        return StreamingResponse(
            response.chunks(), response.status, headers=_headers(response), media_type=None
        )

    def _add_urls(self, values: Any, source: str, *, items: bool = True) -> None:
        """Give each value that is a blob, or has items that are, the address of its bytes."""
        for value in values if isinstance(values, list) else []:
            if not isinstance(value, dict):
                continue
            if isinstance(value.get("blob"), str):
                value["url"] = self._url(f"/api/blob/{value['blob']}", source)
            blobs = value.get("blobs")
            if isinstance(blobs, list) and all(isinstance(blob, str) for blob in blobs):
                value["urls"] = [self._url(f"/api/blob/{blob}", source) for blob in blobs]
            if items:
                self._add_urls(value.get("items"), source, items=False)

    def _add_thumbnails(self, values: Any, source: str) -> None:
        """Give each item of an image the address of smaller ones, without their size."""
        for value in values if isinstance(values, list) else []:
            items = value.get("items") if isinstance(value, dict) else None
            for item in items if isinstance(items, list) else []:
                if isinstance(item, dict) and isinstance(item.get("blob"), str):
                    item["thumbnail"] = self._url(f"/api/thumbnail/{item['blob']}", source)

    def _url(self, address: str, source: str) -> str:
        # A browser takes `..` for the way up, and would ask for something else than was signed.
        if not ADDRESS.fullmatch(address) or UP.search(address):
            raise BadAnswerError("a blob with what stands in no address")
        return self.auth.signed(f"{address}?source={quote(source, safe='')}")


def _headers(response: FarResponse) -> Json:
    """Return what the client is told of the bytes; what is said of their type is not believed."""
    media_type = response.headers.get("content-type", "")
    if not MEDIA_TYPE.fullmatch(media_type):
        media_type = UNKNOWN_TYPE
    headers = {"content-type": media_type, **SAFETY_HEADERS}
    headers |= {
        name: response.headers[name]
        for name in PASSED_BACK
        if PLAIN.fullmatch(response.headers.get(name, ""))
    }
    # The length of what was compressed on the way here is not that of what arrives.
    length = response.headers.get("content-length", "")
    if response.encoding == "identity" and LENGTH.fullmatch(length):
        headers["content-length"] = length
    if not SHOWN.fullmatch(media_type.lower()):
        headers["content-disposition"] = "attachment"
    return headers


def _is_same(request: Request, response: FarResponse) -> bool:
    """Whether a range is of the bytes the client already has a part of."""
    known = request.headers.get("if-range")
    return response.status != 206 or known in (None, response.headers.get("etag"))


async def _bad_range(response: FarResponse) -> Response:
    response.cancel()
    size = response.headers.get("content-range", "")
    error = ApiError("range_not_satisfiable", "there are no bytes in that range")
    return error.answer({"content-range": size} if PLAIN.fullmatch(size) else None)
