"""Compiled packages of modules that a newer numpy in the environment leaves behind."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vscvenv.engine.provided import Provided

# Extensions are compiled against it so closely that another major version, or an older one, breaks them.
NUMPY = canonicalize_name("numpy")


def broken(
    provided: Mapping[NormalizedName, Provided], installed: Mapping[NormalizedName, Provided]
) -> dict[NormalizedName, Provided]:
    """Return the provided distributions that were compiled for a numpy that ``installed`` now shadows."""
    old, new = provided.get(NUMPY), installed.get(NUMPY)
    if old is None or new is None or not _breaks(Version(old.version), Version(new.version)):
        return {}
    return {user.name: user for user in _users(provided) if user.name not in installed}


def _breaks(old: Version, new: Version) -> bool:
    return new.major != old.major or new.release < old.release


def _users(provided: Mapping[NormalizedName, Provided]) -> Iterator[Provided]:
    for candidate in provided.values():
        if NUMPY in map(_required_name, candidate.requires) and _is_compiled(candidate):
            yield candidate


def _required_name(line: str) -> NormalizedName:
    return canonicalize_name(Requirement(line).name)


def _is_compiled(provided: Provided) -> bool:
    """Tell whether there is a shared library among its files; where it does not list them, we suppose so."""
    for distribution in metadata.distributions(name=provided.name, path=[provided.location]):
        if distribution.files is not None:
            return any(file.suffix == ".so" for file in distribution.files)
    return True
