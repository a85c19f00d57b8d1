"""One-time codes and the secret they are exchanged for."""

from __future__ import annotations

import hmac
import secrets

CODE_BYTES = 16
SECRET_BYTES = 32
# A person has a handful of unused links at most; older ones stop working.
UNUSED_CODES_MAX = 16


class Auth:
    """Keeps the hub's secret and the codes not used yet, in memory only.

    The secret never stands in an address: the page gets it for a code, and sends it as a header,
    which no other site can make a browser do.
    """

    def __init__(self) -> None:
        self.secret = secrets.token_urlsafe(SECRET_BYTES)
        self._codes: list[str] = []

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


def _same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode(errors="surrogatepass"))
