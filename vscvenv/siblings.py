"""Which versions a new environment should have, so that those of one project agree on every microarchitecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from vscvenv.engine import provided
from vscvenv.engine.provided import Provided
from vscvenv.engine.venv import site_packages_of
from vscvenv.generation import stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.utils import NormalizedName

    from vscvenv.engine.install import Distributions
    from vscvenv.generation import Generation, Store
    from vscvenv.reading.requirements import Requirements
    from vscvenv.record import Basis


@dataclass(frozen=True)
class Preferred:
    """Distributions whose versions come first, and where they are from: the name of an environment, "" for its own."""

    source: str
    distributions: Distributions
    firm: bool = False
    """They come before what modules provide in another version too."""

    def over(self, offered: Distributions) -> Distributions:
        """Return what modules have ``offered`` without what is to come in another version."""
        if not self.firm:
            return offered
        wanted = {name: one.version for name, one in self.distributions.items()}
        return {name: one for name, one in offered.items() if wanted.get(name, one.version) == one.version}

    def decided(self, installed: Mapping[str, str], wanted: Requirements) -> bool:
        """Tell whether any of what was ``installed`` has its version from here, and could have had another."""
        pinned = {item.name for item in wanted.items if item.requirement and "==" in str(item.requirement.specifier)}
        found = {canonicalize_name(name): version for name, version in installed.items()}
        versions = {name: one.version for name, one in self.distributions.items()}
        return any(versions.get(name) == version for name, version in found.items() if name not in pinned)


NOTHING = Preferred("", {})


def find(store: Store, basis: Basis) -> Preferred:
    """Return what the environment has that was built for the same request: of the same files before others.

    The own one, if there is one, counts before those of other labels, and of these the newest.
    """
    ranked = [(_rank(one, other == store, basis), other.name, one) for other, one in _built(store)]
    usable = [each for each in ranked if _is_for(each[2], basis)]
    if not usable:
        return NOTHING
    _, name, generation = max(usable, key=lambda each: each[:2])
    return Preferred("" if name == store.name else name, _distributions(generation))


def _built(store: Store) -> Iterator[tuple[Store, Generation]]:
    for other in stores(store.venvs, store.environment):
        if current := other.current():
            yield other, current


def _is_for(generation: Generation, basis: Basis) -> bool:
    """Tell whether it was asked for in the same words, for a Python that takes the same wheels."""
    record = generation.record
    asked = (record.basis.request.to_json(), _series(record.basis))
    return asked == (basis.request.to_json(), _series(basis))


def _rank(generation: Generation, is_own: bool, basis: Basis) -> tuple[bool, bool, str]:  # noqa: FBT001
    before = {(one.path, one.fingerprint) for one in generation.record.basis.inputs}
    return before == {(one.path, one.fingerprint) for one in basis.inputs}, is_own, generation.record.created


def _series(basis: Basis) -> list[str]:
    return str(basis.python.get("version")).split(".")[:2]


def _distributions(generation: Generation) -> Distributions:
    """Return what it was built with, and what modules gave it; not what was installed by hand since."""
    record = generation.record
    there = provided.scan(map(str, site_packages_of(generation.path)))
    built = {name: one for name, one in there.items() if record.installed.get(name) == one.version}
    of_modules = {
        canonicalize_name(name): Provided(canonicalize_name(name), record.provided[name], "") for name in record.kept
    }
    return {**of_modules, **built}


def of_versions(source: str, versions: Mapping[NormalizedName, str], wanted: Requirements) -> Preferred:
    """Return a firm preference for those ``versions`` that the requirements ``wanted`` still allow."""
    found = dict(versions)
    for item in wanted.items:
        asked = item.requirement
        version = found.get(item.name) if item.name else None
        if asked and item.name and version and not asked.specifier.contains(version, prereleases=True):
            del found[item.name]
    return Preferred(source, {name: Provided(name, version, "") for name, version in found.items()}, firm=True)
