"""One-time codes, the secret they are exchanged for, and addresses that work without it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time

CODE_BYTES = 16
SECRET_BYTES = 32
# A person has a handful of unused links at most; older ones stop working.
UNUSED_CODES_MAX = 16
# A signed address works for this long at least, and for twice as long at most.
SIGNED_FOR_S = 3600
SIGNATURE_CHARS = 64
# What may stand behind a signature: which size of an image, of the sizes there are.
SIZE = re.compile("&px=(64|128|256|512|1024)")


class Auth:
    """Keeps the hub's secret and the codes not used yet, in memory only.

    The secret never stands in an address: the page gets it for a code, and sends it as a header,
    which no other site can make a browser do.

    Args:
        secret: of the board whose place this one takes, so that its pages go on; None: a new one.
    """

    def __init__(self, secret: str | None = None) -> None:
        self.secret = secret or secrets.token_urlsafe(SECRET_BYTES)
        self._codes: list[str] = []
        self._signing_key = secrets.token_bytes(SECRET_BYTES)

    def new_code(self) -> str:
        """Return a code that `redeem` accepts once."""
        code = secrets.token_urlsafe(CODE_BYTES)
        self._codes = [*self._codes, code][-UNUSED_CODES_MAX:]
        return code

    def redeem(self, code: str) -> str | None:
        """Return the secret for an unused code, or None. The code is used up."""
        matches = [known for known in self._codes if _same(known, code)]
        if not matches:
            return None
        self._codes.remove(matches[0])
        return self.secret

    def accepts(self, secret: str) -> bool:
        """Whether this is the secret, compared in constant time."""
        return _same(self.secret, secret)

    def accepts_bearer(self, header: str) -> bool:
        """Whether an `Authorization` header carries the secret."""
        scheme, _, value = header.partition(" ")
        return scheme.lower() == "bearer" and self.accepts(value.strip())

    def signed(self, address: str) -> str:
        """Return the address (path and query) so that it works for a while without the secret.

        An <img> sends no header. The signature is good for this one address, says nothing about the
        secret, and is the same for a while, so that a browser may keep what it got.
        """
        expires_s = (int(time.time()) // SIGNED_FOR_S + 2) * SIGNED_FOR_S
        text = f"{address}&expires={expires_s}"
        return f"{text}&sig={self._signature(text)}"

    def accepts_signed(self, address: str) -> bool:
        """Whether this is an address that `signed` gave, and not too long ago."""
        text, _, rest = address.rpartition("&sig=")
        signature, size = rest[:SIGNATURE_CHARS], rest[SIGNATURE_CHARS:]
        if size and not SIZE.fullmatch(size):
            return False
        if not _same(self._signature(text), signature):
            return False
        return time.time() < int(text.rpartition("&expires=")[2])

    def _signature(self, text: str) -> str:
        digest = hmac.new(self._signing_key, text.encode(errors="surrogatepass"), hashlib.sha256)
        return digest.hexdigest()


def _same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode(errors="surrogatepass"))
