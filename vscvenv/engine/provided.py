"""The distributions that the loaded modules, or the base Python, already offer."""

from __future__ import annotations

import email.message
import email.parser
import logging
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Optional

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Provided:
    """A distribution found in the directory ``location``; ``requires`` holds its valid Requires-Dist only."""

    name: NormalizedName
    version: str
    location: str
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    entry_points: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def scan(sys_path: Iterable[str]) -> dict[NormalizedName, Provided]:
    """Return what can be imported from ``sys_path`` by name; as for imports, the first on the path wins.

    Distributions whose metadata cannot be used are left out, and named in the log.
    """
    found: dict[NormalizedName, Provided] = {}
    for entry in sys_path:
        for provided in _distributions(entry):
            found.setdefault(provided.name, provided)
    return found


def _distributions(entry: str) -> Iterator[Provided]:
    for distribution in metadata.distributions(path=[entry]):
        try:
            provided = _read(distribution, entry)
        except (OSError, ValueError, KeyError) as problem:
            log.debug("unreadable metadata in %s: %s", entry, problem)
            continue
        if provided is not None:
            yield provided


def _read(distribution: metadata.Distribution, entry: str) -> Optional[Provided]:
    """Return what the metadata says, None where it lacks a usable name or version."""
    found = headers(distribution)
    name, version = found["Name"], found["Version"]
    if not name or not _is_version(version):
        log.debug("no usable name and version in %s: %r %r", entry, name, version)
        return None
    # An egg has them elsewhere.
    is_egg = distribution.read_text("requires.txt") is not None
    requires = (distribution.requires if is_egg else found.get_all("Requires-Dist")) or []
    return Provided(
        name=canonicalize_name(name),
        version=version,
        location=entry,
        requires=tuple(line for line in requires if _is_requirement(line, name)),
        extras=tuple(found.get_all("Provides-Extra") or ()),
        entry_points=distribution.read_text("entry_points.txt") or "",
    )


def headers(distribution: metadata.Distribution) -> email.message.Message:
    """Return the metadata of ``distribution`` without the description, which takes longer to read than all else."""
    # An .egg-info that is a file is the metadata itself, which an empty name reads.
    text = next(filter(None, map(distribution.read_text, ("METADATA", "PKG-INFO", ""))), "")
    return _parse_headers(text.partition("\n\n")[0])


# What lies in an environment is looked at several times while it is built.
@cache
def _parse_headers(text: str) -> email.message.Message:
    return email.parser.HeaderParser().parsestr(text)


def _is_version(text: Optional[str]) -> bool:
    try:
        Version(text or "")
    except InvalidVersion:
        return False
    return True


def _is_requirement(line: str, name: str) -> bool:
    if parse(line) is None:
        log.debug("%s has a requirement that cannot be read, left out: %s", name, line)
        return False
    return True


@cache
def parse(line: str) -> Optional[Requirement]:
    """Return the requirement in ``line``, parsed once however often it is looked at; None where it is none."""
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None
