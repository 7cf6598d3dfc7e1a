"""What a set of requirements needs, followed through the metadata of known distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from vscvenv.engine.provided import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.utils import NormalizedName

    from vscvenv.engine.provided import Provided


def needed(
    requirements: Iterable[str], known: Mapping[NormalizedName, Provided], marker_environment: Mapping[str, str]
) -> set[NormalizedName]:
    """Return the names of the distributions among ``known`` that ``requirements`` need, each with what it needs.

    Markers are evaluated for ``marker_environment``, e.g. ``{"python_version": "3.11"}``.
    """
    found: set[tuple[NormalizedName, str]] = set()
    waiting = [wish for line in requirements for wish in _wishes(line, "", marker_environment)]
    while waiting:
        wish = waiting.pop()
        name, extra = wish
        if wish in found or name not in known:
            continue
        found.add(wish)
        for line in known[name].requires:
            waiting += _wishes(line, extra, marker_environment)
    return {name for name, _ in found}


def _wishes(line: str, extra: str, environment: Mapping[str, str]) -> Iterator[tuple[NormalizedName, str]]:
    """Yield the name and each extra that ``line`` asks for, if its marker holds."""
    requirement = parse(line)
    if requirement is None:
        return
    if requirement.marker is None or requirement.marker.evaluate({**environment, "extra": extra}):
        for each in ("", *requirement.extras):
            yield canonicalize_name(requirement.name), each
