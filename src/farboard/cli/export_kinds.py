"""Exports of what is no scalar: files with a manifest, and rows of histograms and PR curves."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from farboard.cli.export_manifest import Entry, Folder
from farboard.cli.export_names import extension, file_names
from farboard.cli.export_npy import npy_header
from farboard.cli.export_values import points_of
from farboard.hub.answer import REFUSAL_MAX_BYTES
from farboard.hub.untrusted import BadAnswerError, parse_object

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from farboard.cli.export_values import Point
    from farboard.hub.source import Source

Json = dict[str, Any]
Row = list[Any]

KINDS = (
    "scalar",
    "histogram",
    "pr_curve",
    "image",
    "audio",
    "text",
    "mesh",
    "hparams",
    "custom_scalars",
    "graph",
    "run_metadata",
    "tensor",
    "unknown",
)
OF_A_POINT = ("run", "tag", "step", "wall_time", "superseded")
OF_PR_CURVES = (
    "true_positives",
    "false_positives",
    "true_negatives",
    "false_negatives",
    "precision",
    "recall",
)
# Kinds that come as rows, and what stands in these beside the point.
COLUMNS = {
    "histogram": ("left", "right", "count"),
    "pr_curve": ("threshold", *OF_PR_CURVES),
}
# Blobs on their way at a time: far away each takes a round trip.
BLOBS_AT_A_TIME = 8
TEXT = "text/plain"
JSON = "application/json"
NPY = "application/x-npy"


async def rows_of(
    source: Source,
    kind: str,
    series: Sequence[Json],
    restarts: str,
    file_format: str,
    on_error: Callable[[Json, Point, str], None],
) -> AsyncIterator[bytes]:
    """Return histograms or PR curves as CSV or JSON lines, all numbers as the engine gives them.

    Args:
        source: whom to ask.
        kind: `histogram` or `pr_curve`.
        series: `run`, `tag` and `kind` of each.
        restarts: `latest` or `all`.
        file_format: `csv` has a row per bucket or threshold, `jsonl` a line per value.
        on_error: told of each value that cannot be read, and why.
    """  # fmt: skip
    if file_format == "csv":
        yield _csv([[*OF_A_POINT, *COLUMNS[kind]]])
    for one in series:
        async for point in points_of(source, one, restarts):
            error = _error_of(point.value)
            if error:
                on_error(one, point, error)
                continue
            head = [one["run"], one["tag"], point.step, point.wall_time, point.superseded]
            if file_format == "jsonl":
                line = dict(zip(OF_A_POINT, head, strict=True)) | point.value
                yield json.dumps(line).encode() + b"\n"
            else:
                # A histogram without buckets has a row without numbers.
                rows = list(_numbers(kind, point.value)) or [[""] * len(COLUMNS[kind])]
                yield _csv([head + numbers for numbers in rows])


def _numbers(kind: str, value: Json) -> Iterator[Row]:
    """Return the rows of a value, without what they have in common.

    Raises:
        BadAnswerError: it is in another shape.
    """
    try:
        if kind == "histogram":
            yield from ([left, right, count] for left, right, count in value["bins"])
            return
        columns = [value[name] for name in OF_PR_CURVES]
        last = max(1, value["thresholds"] - 1)
        for place, numbers in enumerate(zip(*columns, strict=True)):
            yield [place / last, *numbers]
    except (KeyError, TypeError, ValueError):
        raise BadAnswerError(f"a {kind} in another shape") from None


class KindExport:
    """Writes series of all kinds but scalars into a directory.

    Args:
        source: whom to ask.
        folder: where to.
        restarts: `latest` or `all`.
        progress: told now and then how far it is.
    """

    def __init__(
        self, source: Source, folder: Folder, restarts: str, progress: Callable[[str], None]
    ) -> None:
        self.source = source
        self.folder = folder
        self.restarts = restarts
        self.progress = progress
        self._values = 0

    async def write(self, series: Sequence[Json]) -> None:
        """Write all values of these series; what cannot be read is told in the manifest."""
        runs = file_names(one["run"] for one in series)
        tags = file_names(one["tag"] for one in series)
        for kind in dict.fromkeys(one["kind"] for one in series):
            own = [one for one in series if one["kind"] == kind]
            if kind in COLUMNS:
                await self._write_rows(kind, own)
                continue
            for one in own:
                place = PurePosixPath(kind, runs[one["run"]], tags[one["tag"]])
                await self._write_files(one, place)

    async def _write_rows(self, kind: str, series: Sequence[Json]) -> None:
        def note(one: Json, point: Point, error: str) -> None:
            self.folder.add(self._entry(one, point, error=error))

        file = PurePosixPath(f"{kind}s.{self.folder.format}")
        with self.folder.written(file) as out:
            async for chunk in rows_of(
                self.source, kind, series, self.restarts, self.folder.format, note
            ):
                await asyncio.to_thread(out.write, chunk)
                self._count(file)
        self.folder.add(
            Entry(
                self.source.name, "", "", kind, 0, 0, 0, 0,
                file=str(file), bytes=out.bytes, sha256=out.sha256,
                type="text/csv" if self.folder.format == "csv" else "application/x-ndjson",
            )
        )  # fmt: skip

    async def _write_files(self, series: Json, place: PurePosixPath) -> None:
        waiting: list[asyncio.Task[Entry]] = []
        at_step = 0
        last: int | None = None
        try:
            async for point in points_of(self.source, series, self.restarts):
                at_step = at_step + 1 if point.step == last else 0
                last = point.step
                again = f"_{at_step}" if at_step else ""
                stem = str(place / f"{point.step:09d}{again}")
                for entry in self._files(series, point, stem):
                    waiting.append(asyncio.create_task(entry))
                    if len(waiting) >= BLOBS_AT_A_TIME:
                        self.folder.add(await waiting.pop(0))
                self._count(place)
            while waiting:
                self.folder.add(await waiting.pop(0))
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _files(self, series: Json, point: Point, stem: str) -> Iterator[Any]:
        """Return what becomes of a value: something to wait for, for each file or error."""
        value = point.value
        error = _error_of(value)
        if error:
            yield _given(self._entry(series, point, error=error))
            return
        items = value.get("items")
        if isinstance(items, list):
            blobs = dict(_whole_texts(value))
            for place, item in enumerate(items):
                named = f"{stem}-{place}" if len(items) > 1 else stem
                whole = blobs.get(place, item)
                entry = self._entry(series, point, item=place)
                if isinstance(whole, str):
                    yield self._text(entry, named, whole, TEXT)
                elif isinstance(whole, dict):
                    yield self._blob(entry, named, whole, TEXT if place in blobs else None)
                else:
                    raise BadAnswerError("an item in another shape")
        if isinstance(value.get("blob"), str):
            header = npy_header(value)
            media_type = None if header is None else NPY
            entry = self._entry(series, point)
            yield self._blob(entry, stem, value, media_type, header or b"")
        if series["kind"] not in ("image", "audio", "text"):
            # Without its shape an array says nothing.
            told = {name: part for name, part in value.items() if name not in ("blob", "items")}
            text = json.dumps(told, indent=1)
            yield self._text(self._entry(series, point), stem, text, JSON)

    async def _text(self, entry: Entry, stem: str, text: str, media_type: str) -> Entry:
        file = PurePosixPath(f"{stem}.{extension(media_type)}")
        with self.folder.written(file) as out:
            out.write(text.encode("utf-8", "backslashreplace"))
        return _with(entry, file=str(file), bytes=out.bytes, sha256=out.sha256, type=media_type)

    async def _blob(
        self,
        entry: Entry,
        stem: str,
        item: Json,
        media_type: str | None = None,
        header: bytes = b"",
    ) -> Entry:
        """Fetch the bytes of an item, unless an earlier export has; `header` stands before them."""
        media_type = media_type or str(item.get("type", "application/octet-stream"))
        file = PurePosixPath(f"{stem}.{extension(media_type)}")
        label = item.get("label")
        entry = _with(entry, type=media_type, label=label if isinstance(label, str) else "")
        known = await asyncio.to_thread(self.folder.known, file)
        headers = {"if-none-match": known["etag"]} if known and known.get("etag") else {}
        path = f"/api/blob/{item.get('blob')}"
        response = await self.source.open("GET", path, accept="*/*", headers=headers)
        if response.status == 304 and known:
            response.cancel()
            size, sha256, etag = int(known["bytes"]), known["sha256"], known["etag"]
            return _with(entry, file=str(file), bytes=size, sha256=sha256, etag=etag)
        if response.status != 200:
            said = parse_object(await response.read(at_most_bytes=REFUSAL_MAX_BYTES))
            return _with(entry, error=_error_of(said) or f"the engine answered {response.status}")
        with self.folder.written(file) as out:
            out.write(header)
            async for chunk in response.chunks():
                await asyncio.to_thread(out.write, chunk)
            size_bytes = out.bytes - len(header)
            if size_bytes != item.get("bytes", size_bytes):
                raise BadAnswerError(f"{size_bytes} bytes of a blob of {item.get('bytes')}")
        etag = response.headers.get("etag", "")
        return _with(entry, file=str(file), bytes=out.bytes, sha256=out.sha256, etag=etag)

    def _entry(self, series: Json, point: Point, item: int = 0, error: str = "") -> Entry:
        return Entry(
            self.source.name, series["run"], series["tag"], series["kind"],
            point.step, point.wall_time, point.superseded, item, error=error,
        )  # fmt: skip

    def _count(self, what: PurePosixPath) -> None:
        self._values += 1
        written = self.folder.bytes / 1e6
        self.progress(f"{self._values} values, {written:.1f} MB written: {what}")


def _whole_texts(value: Json) -> Iterator[tuple[int, Json]]:
    """Return the places of texts that came cut or with replaced bytes, and their whole ones."""
    places, blobs = value.get("truncated"), value.get("blobs")
    if isinstance(places, list) and isinstance(blobs, list):
        for place, blob in zip(places, blobs, strict=False):
            yield place, {"blob": blob}
    replaced = value.get("replaced")
    for whole in replaced if isinstance(replaced, list) else []:
        if not isinstance(whole, dict) or not isinstance(whole.get("item"), int):
            raise BadAnswerError("a text in another shape")
        yield whole["item"], whole


def _with(entry: Entry, **changes: Any) -> Entry:
    return Entry(**{**entry.__dict__, **changes})


async def _given(entry: Entry) -> Entry:
    return entry


def _error_of(value: Json) -> str:
    """Return why a value could not be read; empty when it could."""
    error = value.get("error")
    if not isinstance(error, dict):
        return ""
    return str(error.get("message") or error.get("code") or "it could not be read")


def _csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "backslashreplace")
