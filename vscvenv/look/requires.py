"""What requires what, from the lines of the requirements files down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from vscvenv.build import by_hand
from vscvenv.engine.provided import parse
from vscvenv.reading import requirements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.utils import NormalizedName

    from vscvenv.engine.provided import Provided
    from vscvenv.generation import Generation
    from vscvenv.look.environment import Environment
    from vscvenv.look.inside import Inside

BY_HAND = "installed by hand"


@dataclass(frozen=True)
class Need:
    """A distribution that something asks for: ``asked`` is how, ``where`` the FILE:LINE of a requirements file."""

    name: NormalizedName
    extras: frozenset[str]
    asked: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.asked} ({self.where})" if self.where else self.asked


@dataclass(frozen=True)
class Requires:
    """Distributions, what they require, and what the requirements files ask for."""

    known: Mapping[NormalizedName, Provided]
    roots: tuple[Need, ...]
    markers: Mapping[str, str]
    """The environment that markers are evaluated for."""

    def below(self, need: Need) -> Iterator[Need]:
        """Yield what ``need`` requires in turn, by name."""
        one = self.known.get(need.name)
        asked: dict[str, Need] = {}
        for line in one.requires if one else ():
            found = _need(line, self.markers, need.extras)
            if found is not None:
                earlier = asked.get(found.name)
                asked[found.name] = _both(earlier, found) if earlier else found
        yield from (asked[name] for name in sorted(asked))

    def chains(self, name: NormalizedName) -> list[list[Need]]:
        """Return how each root leads to ``name``, by the shortest way; those that do not are left out."""
        return sorted((chain for root in self.roots if (chain := self._chain(root, name))), key=len)

    def _chain(self, root: Need, name: NormalizedName) -> list[Need]:
        waiting, seen = [[root]], {root.name}
        while waiting:
            chain = waiting.pop(0)
            if chain[-1].name == name:
                return chain
            for need in self.below(chain[-1]):
                if need.name not in seen:
                    seen.add(need.name)
                    waiting.append([*chain, need])
        return []


def requires(one: Environment, inside: Inside) -> Requires:
    """Return what requires what in an environment. Raises InputError where its requirements files cannot be read."""
    wanted = requirements.asked_by(inside.generation.record.basis.request, inside.environ, inside.cwd)
    environment = markers(inside.generation)
    items = [
        (str(item.requirement or item.name or ""), item.text, f"{item.file.name}:{item.line}") for item in wanted.items
    ]
    items += [(line, line, BY_HAND) for line in by_hand(one.store).values()]
    found = (_need(line, environment, frozenset(), asked=text, where=where) for line, text, where in items if line)
    return Requires(inside.known, tuple(need for need in found if need), environment)


def markers(generation: Generation) -> dict[str, str]:
    """Return what markers are evaluated for in ``generation``."""
    version = str(generation.record.basis.python["version"])
    return {"python_version": ".".join(version.split(".")[:2]), "python_full_version": version}


def _need(
    line: str, environment: Mapping[str, str], extras: frozenset[str], *, asked: str = "", where: str = ""
) -> Optional[Need]:
    """Return what ``line`` asks for, if its marker holds with any of ``extras``."""
    read = parse(line)
    if read is None:
        return None
    environments: list[dict[str, Any]] = [{**environment, "extra": extra} for extra in ("", *extras)]
    if read.marker is not None and not any(map(read.marker.evaluate, environments)):
        return None
    text = asked or f"{read.name}{read.specifier}"
    return Need(canonicalize_name(read.name), frozenset(read.extras), text, where)


def _both(one: Need, other: Need) -> Need:
    """Return what is asked for twice, as a distribution does that asks for more with an extra."""
    specifier = Requirement(one.asked).specifier & Requirement(other.asked).specifier
    return Need(one.name, one.extras | other.extras, f"{one.name}{specifier}")
