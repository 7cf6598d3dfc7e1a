"""Requirements from repositories, held at the commits that are locked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from packaging.requirements import Requirement

from vscvenv.reading import pylock

if TYPE_CHECKING:
    from collections.abc import Collection

    from vscvenv.reading.pylock import LockFile
    from vscvenv.reading.requirement import Item
    from vscvenv.reading.requirements import Requirements


def at_commits(wanted: Requirements, locked: LockFile, renewed: Collection[str]) -> Requirements:
    """Return ``wanted`` with branches and tags replaced by the commits that are ``locked``.

    Not for what is to be ``renewed``, and not where the requirement was another when it was locked.
    """
    commits = {one.name: one.vcs.commit_id for one in locked.lock.packages if one.vcs and one.name not in renewed}
    items = tuple(
        _at(item, commits[item.name]) if item.name in commits and _is_known(item, locked) else item
        for item in wanted.items
    )
    return replace(wanted, items=items, as_written=wanted.as_written and items == wanted.items)


def _is_known(item: Item, locked: LockFile) -> bool:
    is_remote = item.requirement is not None and (item.requirement.url or "").startswith("git+")
    return is_remote and set(pylock.lines_of(item)) <= set(locked.requirements or ())


def _at(item: Item, commit: str) -> Item:
    asked = Requirement(str(item.requirement))
    parts = urlsplit(asked.url or "")
    asked.url = urlunsplit(parts._replace(path=f"{parts.path.rpartition('@')[0] or parts.path}@{commit}"))
    return replace(item, rewritten=str(asked))
