"""Names of files for runs and tags, which may be anything: safe, and never twice the same."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Long enough to be read, short enough for every file system with what comes behind it.
NAME_CHARS_MAX = 80
HASH_CHARS = 10
# What a name may have anywhere and at its ends; `~` stands only before a hash.
ODD = re.compile(r"[^A-Za-z0-9._=+-]")
PLAIN = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._=+-]*[A-Za-z0-9_=+-])?")
# What Windows keeps for itself, whatever stands behind a point.
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/bmp": "bmp",
    "image/avif": "avif",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
    "text/plain": "txt",
    "application/json": "json",
    "application/x-npy": "npy",
}


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Return for each name that of a file or directory; no two are equal, in whatever case.

    A name that is safe stays as it is. Of others, and of those that differ in their case only, what
    is odd becomes `_`, and a part of the name's SHA-256 stands behind it.
    """
    distinct = dict.fromkeys(names)
    in_lower_case = Counter(name.lower() for name in distinct)
    return {
        name: name if _is_plain(name) and in_lower_case[name.lower()] == 1 else _with_hash(name)
        for name in distinct
    }


def extension(media_type: str) -> str:
    """Return the extension of a file of this type; `bin` for what is not known."""
    return EXTENSIONS.get(media_type, "bin")


def _is_plain(name: str) -> bool:
    return (
        len(name) <= NAME_CHARS_MAX
        and PLAIN.fullmatch(name) is not None
        and RESERVED.fullmatch(name) is None
    )


def _with_hash(name: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_CHARS]
    return f"{ODD.sub('_', name)[:NAME_CHARS_MAX].strip('.-')}~{digest}".lstrip("~")
