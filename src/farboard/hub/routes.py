"""The HTTP routes of docs/http-api.md: each asks the sources it needs and joins what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from farboard.errors import SourceDown
from farboard.hub.answer import GZIP, REFUSAL_MAX_BYTES
from farboard.hub.api_error import ApiError
from farboard.hub.arrow import CONTENT_TYPE as ARROW
from farboard.hub.arrow import join_streams
from farboard.hub.asking import (
    ask_objects,
    ask_some,
    body_of,
    join_sound,
    missing_header,
    numbered,
    passed_on,
    raise_if_nobody,
    read_object,
    series_by_source,
    series_of,
)
from farboard.hub.fanout import ClientGoneError, Question
from farboard.hub.join import join_items, join_tags, with_source
from farboard.hub.rows import CsvRows, JsonRows
from farboard.hub.untrusted import parse_object, to_json
from farboard.hub.x_range import by_clock_of, range_of_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.requests import Request

    from farboard.hub.answer import Answer
    from farboard.hub.auth import Auth
    from farboard.hub.source import Source
    from farboard.hub.sources import Sources

CSV = "text/csv"
JSON = "application/json"
CLIENT_GONE = 499
# Anybody may send a code, so nobody gets to send much.
LOGIN_MAX_BYTES = 4096


class Routes:
    """The answers to `/api/…`.

    Args:
        sources: whom to ask.
        auth: exchanges codes for the secret.
        on_login: called when a code was exchanged.
    """

    def __init__(self, sources: Sources, auth: Auth, on_login: Callable[[], None]) -> None:
        self.sources = sources
        self.auth = auth
        self.on_login = on_login

    def all(self) -> list[Route]:
        """For the router."""
        return [
            Route("/api/status", self.status, methods=["GET"]),
            Route("/api/runs", self.runs, methods=["GET"]),
            Route("/api/tags", self.tags, methods=["GET"]),
            Route("/api/scalars", self.scalars, methods=["POST"]),
            Route("/api/export", self.export, methods=["POST"]),
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/code", self.code, methods=["POST"]),
            Route("/api/retry", self.retry, methods=["POST"]),
        ]

    async def status(self, _request: Request) -> Response:
        """Return the hub, and every source with what was last heard of it."""
        return JSONResponse(self.sources.status())

    async def runs(self, request: Request) -> Response:
        """Return the runs of all sources that answer."""
        return await ask_objects(
            request, self.sources.shown(), "/api/runs", lambda parts: join_items(parts, "runs")
        )

    async def tags(self, request: Request) -> Response:
        """Return the tags of all sources that answer."""
        return await ask_objects(request, self.sources.shown(), "/api/tags", join_tags)

    async def login(self, request: Request) -> Response:
        """Turn a one-time code into the secret."""
        code = (await read_object(request, LOGIN_MAX_BYTES)).get("code")
        secret = self.auth.redeem(code) if isinstance(code, str) else None
        if secret is None:
            raise ApiError(
                "unauthorized",
                "this link was used before, or belongs to a farboard that has ended",
                "press Enter in the terminal where farboard runs for a new link",
            )
        self.on_login()
        return JSONResponse({"secret": secret})

    async def code(self, _request: Request) -> Response:
        """Return a new one-time code to who has the secret: for a second browser or start."""
        return JSONResponse({"code": self.auth.new_code()})

    async def retry(self, request: Request) -> Response:
        """Try to reconnect a source now."""
        name = (await read_object(request)).get("source")
        source = self.sources.get(name) if isinstance(name, str) else None
        if source is None:
            raise ApiError("not_found", "there is no such source")
        source.link.retry_now()
        return JSONResponse({"ok": True})

    async def scalars(self, request: Request) -> Response:
        """Curves at the resolution of a chart, of any number of sources."""
        asked = await read_object(request)
        per_source = series_by_source(self.sources, numbered(series_of(asked)))
        if len(per_source) > 1 and asked.get("range") is None and asked.get("width_px") is not None:
            asked["range"] = await range_of_all(request, asked, per_source)
        accept = _wanted(request)
        # One engine's stream is the whole answer: nothing of it is unpacked and packed again here.
        as_sent = accept == ARROW and len(per_source) == 1 and _takes_gzip(request)
        questions = [
            Question(
                source,
                "POST",
                "/api/scalars",
                body_of(by_clock_of(source, asked), series),
                accept,
                as_sent,
            )
            for source, series in per_source.items()
        ]
        answers = await ask_some(request, questions)
        if answers.heard[0][1].encoding == GZIP:
            return _as_sent(answers.heard[0][1])
        body = join_sound(answers, lambda heard: self._join_bodies(accept, heard))
        raise_if_nobody(answers)
        return Response(body, media_type=accept, headers=missing_header(answers))

    async def export(self, request: Request) -> Response:
        """Every point, streamed, one source after the other."""
        asked = await read_object(request)
        if asked.get("format", "csv") not in ("csv", "jsonl"):
            raise ApiError("bad_request", "format must be csv or jsonl")
        if asked.get("series") is None:
            bodies = {
                source: body_of(asked, None) for source in self.sources.shown() if source.ready
            }
        else:
            per_source = series_by_source(self.sources, series_of(asked))
            bodies = {source: body_of(asked, series) for source, series in per_source.items()}
        if not bodies:
            raise SourceDown("no source is connected just now")
        down = [source.name for source in bodies if not source.ready]
        # An export that lacks a part without saying so in its rows would be taken for the whole.
        if down:
            raise SourceDown(f"not connected just now: {', '.join(down)}")
        as_csv = asked.get("format", "csv") == "csv"
        streams = [await _open_export(source, body) for source, body in bodies.items()]
        return StreamingResponse(
            self._export_rows(streams, as_csv=as_csv),
            media_type=CSV if as_csv else "application/x-ndjson",
        )

    async def _export_rows(
        self, streams: Sequence[tuple[Source, AsyncIterator[bytes]]], *, as_csv: bool
    ) -> AsyncIterator[bytes]:
        for place, (source, chunks) in enumerate(streams):
            name = self._row_name(source)
            rows = CsvRows(name, with_header=place == 0) if as_csv else JsonRows(name)
            async for chunk in chunks:
                yield rows.feed(chunk)

    def _row_name(self, source: Source) -> str | None:
        """Return what stands before a source's rows: nothing while the board has only one."""
        return source.name if len(self.sources) > 1 else None

    def _join_bodies(self, accept: str, heard: Sequence[tuple[Source, Answer]]) -> bytes:
        bodies = [(source, answer.body) for source, answer in heard]
        if not bodies:
            return b""
        if accept == ARROW:
            return join_streams([body for _, body in bodies])
        if accept == JSON:
            parts = [(source.name, parse_object(body)) for source, body in bodies]
            return to_json({"series": with_source(parts, "series")})
        return b"".join(
            CsvRows(self._row_name(source), with_header=place == 0).feed(body)
            for place, (source, body) in enumerate(bodies)
        )


async def _open_export(source: Source, body: bytes) -> tuple[Source, AsyncIterator[bytes]]:
    response = await source.open("POST", "/api/export", body, "*/*")
    if response.status != 200:
        raise passed_on(source, await response.read(at_most_bytes=REFUSAL_MAX_BYTES))
    return source, response.chunks()


async def answer_client_gone(_request: Request, error: Exception) -> Response:
    """Starlette's handler for ClientGoneError: nobody reads this."""
    if not isinstance(error, ClientGoneError):
        raise error
    return Response(status_code=CLIENT_GONE)


def _as_sent(answer: Answer) -> Response:
    headers = {"content-encoding": answer.encoding, "vary": "accept, accept-encoding"}
    return Response(answer.body, media_type=ARROW, headers=headers)


def _takes_gzip(request: Request) -> bool:
    codings = request.headers.get("accept-encoding", "").split(",")
    return any(coding.strip() == GZIP for coding in codings)


def _wanted(request: Request) -> str:
    """Return the wanted form: Arrow unless `Accept` asks for JSON or CSV."""
    accept = request.headers.get("accept", "")
    return next((form for form in (ARROW, JSON, CSV) if form in accept), ARROW)
