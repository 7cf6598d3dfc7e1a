"""Why something is there: which file an import finds, where it comes from, who asked for it, and what it hides."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from packaging.utils import canonicalize_name

from vscvenv.errors import VscVenvError
from vscvenv.look.requires import requires

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.utils import NormalizedName

    from vscvenv.engine.provided import Provided
    from vscvenv.look.environment import Environment
    from vscvenv.look.inside import Inside
    from vscvenv.look.origin import Origin
    from vscvenv.look.requires import Need


@dataclass(frozen=True)
class Reason:
    """What there is to say about one distribution, or about an import that belongs to none."""

    name: str
    version: Optional[str]
    files: dict[str, list[str]]
    """For each name that it is imported by, where that is found; nowhere: an empty list."""
    origin: Optional[Origin]
    required: list[list[Need]]
    """From a line of a requirements file down."""
    shadows: list[tuple[str, Origin]]
    """Versions that would be imported if this one were not there."""

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON types."""
        return {
            "name": self.name,
            "version": self.version,
            "files": {name: places[:1] for name, places in self.files.items()},
            "origin": {"kind": self.origin.kind, "name": self.origin.name} if self.origin else None,
            "required": [
                [{"name": need.name, "asked": need.asked, "where": need.where or None} for need in chain]
                for chain in self.required
            ],
            "shadows": [
                {"version": version, "origin": {"kind": origin.kind, "name": origin.name}}
                for version, origin in self.shadows
            ],
        }


def why(one: Environment, inside: Inside, word: str) -> Reason:
    """Return why ``word``, a distribution or something to import, is in the environment ``one``.

    Raises VscVenvError where nothing is called so.
    """
    name = canonicalize_name(word)
    if name not in inside.every:
        # The part of a package is where the package is.
        word = word.partition(".")[0]
    if name not in inside.every and (owner := _owner(inside, word)):
        name = owner
    if name in inside.every:
        return _of_distribution(one, inside, inside.every[name])
    files = inside.find([word]).origins if word.isidentifier() else {}
    if not files.get(word):
        raise VscVenvError(
            f"nothing is called {word} in {one.store.name}, and no module provides it", _near(inside, word)
        )
    place = files[word][0]
    origin = None if place == "built-in" else inside.origins.of(place)
    return Reason(word, None, files, origin, [], [])


def _owner(inside: Inside, word: str) -> Optional[NormalizedName]:
    """Return the distribution that ``word`` is imported from, if need be in other letters."""
    return next(filter(None, (inside.owner(each) for each in dict.fromkeys((word, word.lower(), word.upper())))), None)


def _of_distribution(one: Environment, inside: Inside, found: Sequence[Provided]) -> Reason:
    names = next(filter(None, map(inside.imports, found)), [])
    files = inside.find(names).origins
    places = [places[0] for places in files.values() if places]
    chains = requires(one, inside).chains(found[0].name)
    if own := next((place for place in places if _is_before(place, found[0], inside)), None):
        others = [(each.version, inside.origins.of(each.location)) for each in found]
        return Reason(found[0].name, None, files, inside.origins.of(own), chains, others)
    imported = next((each for each in found if any(_is_in(place, each.location) for place in places)), found[0])
    origin = inside.origins.of(imported.location)
    others = [(each.version, inside.origins.of(each.location)) for each in found if each is not imported]
    return Reason(imported.name, imported.version, files, origin, chains, others)


def _is_before(place: str, first: Provided, inside: Inside) -> bool:
    """Tell whether ``place`` is found in a directory that is searched before that of the ``first`` distribution."""
    searched = list(inside.sys_path)
    before = {os.path.realpath(entry) for entry in searched[: searched.index(first.location)]}
    return any(str(parent) in before for parent in list(Path(os.path.realpath(place)).parents)[:2])


def _is_in(place: str, directory: str) -> bool:
    return os.path.realpath(place).startswith(os.path.realpath(directory) + os.sep)


def _near(inside: Inside, word: str) -> Optional[str]:
    close = difflib.get_close_matches(canonicalize_name(word), inside.every, n=3)
    return f"There is: {', '.join(close)}" if close else None
