"""Whether a new engine, on another machine, looks at another directory than the one before."""

from __future__ import annotations

import time
from typing import Any

from farboard.hub.untrusted import object_in


def moved(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any] | None:
    """Compare two statuses; say which hosts they are of when their directories differ.

    One name may lead to several login nodes. Most show the same directory; where one has a disk of
    its own, the curves are others.
    """
    hosts = [object_in(status, "engine").get("host") for status in (before, now)]
    if not all(hosts) or hosts[0] == hosts[1]:
        return None
    if not _differ(object_in(before, "logdir"), object_in(now, "logdir")):
        return None
    return {"from": str(hosts[0]), "to": str(hosts[1]), "at_s": time.time()}


def _differ(before: dict[str, Any], now: dict[str, Any]) -> bool:
    identities = (before.get("identity"), now.get("identity"))
    if all(identities):
        return identities[0] != identities[1]
    return before.get("path") != now.get("path")
