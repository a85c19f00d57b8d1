"""What the sources of one board are called beside their runs: as short as is unambiguous."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from farboard.target import Target


def short_names(targets: Iterable[Target]) -> dict[str, str]:
    """Return a name for each label: the host, where that is enough, else with as much of the path.

    What `--logdir_spec` has named keeps that name. The names are the same in whichever order the
    targets were typed.
    """
    choices = {target.label: _choices(target) for target in targets}
    level = dict.fromkeys(choices, 0)
    while True:
        names = {label: choices[label][place] for label, place in level.items()}
        count = Counter(names.values())
        longer = [
            label
            for label, name in names.items()
            if count[name] > 1 and level[label] + 1 < len(choices[label])
        ]
        if not longer:
            return names
        for label in longer:
            level[label] += 1


def _choices(target: Target) -> list[str]:
    """Names from the shortest to the target as it was typed, which no other target has."""
    label = target.label
    if "/" not in label and (target.kind == "local" or ":" not in label):
        return [label]
    if target.kind == "local":
        choices = _ends(label)
    else:
        choices = [_first_part(target.host), target.host]
        choices += [f"{target.host}:{path}" for path in _ends(target.path)]
    return [*dict.fromkeys(choice for choice in choices if choice), label]


def _ends(path: str) -> list[str]:
    """`/data/me/runs` → `runs`, `me/runs`, `data/me/runs`."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return ["/".join(parts[-count:]) for count in range(1, len(parts) + 1)]


def _first_part(host: str) -> str:
    """`gpu1.cluster.example.org` → `gpu1`; an address stays whole."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.partition(".")[0]
    return host
