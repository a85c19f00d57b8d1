"""Puts the source in front of each row of an engine's CSV or JSON lines, as they stream by."""

from __future__ import annotations

import csv
import io
import json


class CsvRows:
    """Adds a first column; rows may hold line breaks inside quotes, and chunks are cut anywhere.

    Args:
        source: the value of the added column; None: rows stay as they are.
        with_header: whether the header row is passed on or left out.
    """

    def __init__(self, source: str | None, *, with_header: bool) -> None:
        self._with_header = with_header
        self._header_prefix = b"" if source is None else b"source,"
        self._row_prefix = b"" if source is None else _csv_field(source) + b","
        self._in_header = True
        self._at_start = True
        self._in_quotes = False

    def feed(self, chunk: bytes) -> bytes:
        """Return the next piece of the output."""
        out = bytearray()
        for piece in _lines(chunk):
            if self._with_header or not self._in_header:
                if self._at_start:
                    out += self._header_prefix if self._in_header else self._row_prefix
                out += piece
            self._in_quotes ^= bool(piece.count(b'"') & 1)
            self._at_start = piece.endswith(b"\n") and not self._in_quotes
            if self._at_start:
                self._in_header = False
        return bytes(out)


class JsonRows:
    """Adds a first key to each line's object.

    Args:
        source: the value of the added key; None: lines stay as they are.
    """

    def __init__(self, source: str | None) -> None:
        prefix = "{" if source is None else f'{{"source":{json.dumps(source, ensure_ascii=False)},'
        self._prefix = prefix.encode(errors="surrogateescape")
        self._at_start = True

    def feed(self, chunk: bytes) -> bytes:
        """Return the next piece of the output."""
        out = bytearray()
        for piece in _lines(chunk):
            out += self._prefix + piece[1:] if self._at_start else piece
            self._at_start = piece.endswith(b"\n")
        return bytes(out)


def _lines(chunk: bytes) -> list[bytes]:
    """Pieces up to each newline; bytes.splitlines would also cut at a carriage return."""
    *whole, rest = chunk.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _csv_field(value: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([value])
    return buffer.getvalue().encode(errors="surrogateescape")
