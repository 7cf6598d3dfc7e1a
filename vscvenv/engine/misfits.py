"""Distributions that do not have what they require."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from vscvenv.engine.provided import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.requirements import Requirement
    from packaging.utils import NormalizedName

    from vscvenv.engine.provided import Provided


def misfits(known: Mapping[NormalizedName, Provided], marker_environment: Mapping[str, str]) -> set[str]:
    """Return a sentence for each requirement of one of the ``known`` that the others do not meet.

    As ``pip check`` and ``uv pip check`` do, without a process, and over the environment and modules alike.
    """
    return {
        f"{each} requires {_without_marker(requirement)}, {_instead(known.get(_name(requirement)))}"
        for each in known.values()
        for requirement in _required(each, marker_environment)
        if not _is_met(requirement, known.get(_name(requirement)))
    }


def _required(each: Provided, marker_environment: Mapping[str, str]) -> Iterator[Requirement]:
    for requirement in filter(None, map(parse, each.requires)):
        if requirement.marker is None or requirement.marker.evaluate({**marker_environment, "extra": ""}):
            yield requirement


def _is_met(requirement: Requirement, found: Provided | None) -> bool:
    return found is not None and requirement.specifier.contains(found.version, prereleases=True)


def _instead(found: Provided | None) -> str:
    return f"and {found} is there" if found else "which is not there"


def _without_marker(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _name(requirement: Requirement) -> NormalizedName:
    return canonicalize_name(requirement.name)
