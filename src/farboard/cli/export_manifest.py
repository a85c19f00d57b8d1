"""What an export into a directory wrote: a row per file, and per value that could not be read."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
from dataclasses import asdict, dataclass, fields
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Entry:
    """One row; a value that could not be read has an `error` and no file."""

    source: str
    run: str
    tag: str
    kind: str
    step: int
    wall_time: float | str
    superseded: int
    item: int
    label: str = ""
    file: str = ""
    bytes: int = 0
    sha256: str = ""
    type: str = ""
    etag: str = ""
    error: str = ""


NAMES = [field.name for field in fields(Entry)]


class Folder:
    """A directory that is exported into.

    Each file appears under its name when it is complete. The manifest grows beside them as
    `.manifest.csv.part`, and takes its name when all is done: an export that was interrupted, and
    one of logs that have grown, finds in both what it has already.

    Args:
        root: the directory; made if it is missing.
        file_format: of the manifest, `csv` or `jsonl`.
    """

    def __init__(self, root: Path, file_format: str) -> None:
        self.root = root
        self.format = file_format
        self.errors = 0
        self.files = 0
        self.bytes = 0
        self._known: dict[str, dict[str, Any]] = {}
        self._out: IO[str] = io.StringIO()

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Write the manifest meanwhile."""
        self.root.mkdir(parents=True, exist_ok=True)
        final = self.root / f"manifest.{self.format}"
        part = self.root / f".manifest.{self.format}.part"
        for other in ("csv", "jsonl"):
            for path in (self.root / f"manifest.{other}", self.root / f".manifest.{other}.part"):
                self._known |= {row["file"]: row for row in _rows(path) if row.get("file")}
        kept = part.with_suffix(".old")
        if part.exists():
            part.replace(kept)  # in case this one is interrupted, too
        with part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as self._out:
            if self.format == "csv":
                csv.writer(self._out, lineterminator="\n").writerow(NAMES)
            yield
            self._out.flush()
            os.fsync(self._out.fileno())
        part.replace(final)
        kept.unlink(missing_ok=True)

    def add(self, entry: Entry) -> None:
        """Add a row."""
        row = asdict(entry)
        if self.format == "csv":
            csv.writer(self._out, lineterminator="\n").writerow(row.values())
        else:
            self._out.write(json.dumps(row) + "\n")
        self._out.flush()
        self.errors += bool(entry.error)
        self.files += not entry.error
        self.bytes += entry.bytes

    def known(self, file: PurePosixPath) -> dict[str, Any] | None:
        """Return the row of a file an earlier export wrote, if the file is still as it was."""
        row = self._known.get(str(file))
        if row is None:
            return None
        try:
            digest = _sha256(self.root / file)
        except OSError:
            return None
        return row if digest == row.get("sha256") else None

    @contextlib.contextmanager
    def written(self, file: PurePosixPath) -> Iterator[Written]:
        """Write a file of this name, which appears at the end."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as out:
                yield Written(out)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


class Written:
    """A file on its way to the disk: how long it is, and its SHA-256."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Write some more."""
        self._out.write(chunk)
        self._hash.update(chunk)
        self.bytes += len(chunk)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Return the rows of a manifest, as far as they can be read."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            if ".csv" in path.name:
                yield from csv.DictReader(lines)
                return
            for line in lines:
                row = json.loads(line)
                if isinstance(row, dict):
                    yield row
    except (OSError, ValueError, csv.Error):
        return


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as lines:
        while chunk := lines.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
