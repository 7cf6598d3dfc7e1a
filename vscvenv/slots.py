"""Where a shell looks for recorded changes to replay: numbered scripts, found by what the site says of the node.

The name of their directory is made of variables as they are, so that a shell finds it without knowing any rule. It
belongs to one user and nobody else can write in it, since what is there runs in that user's shell. Where the project
cannot be written to, its place is the user's cache.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from vscvenv import slotscript, target
from vscvenv.files import read_json, write
from vscvenv.fresh import Conditions
from vscvenv.replay import SHELLS
from vscvenv.request import GRACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COUNT = 8
"""Starting points and spellings that are kept; the shim looks at as many."""
FORMAT = "warm1"
"""Raised when the shim or what it sources could misunderstand the other."""


@dataclass(frozen=True)
class Slot:
    """A recorded change, ``stem``, with the conditions for replaying it and what to say then."""

    when: Conditions
    stem: Path
    message: str


@dataclass(frozen=True)
class Home:
    """A directory that may hold records: what lies in it goes with the environments, or with the user's cache."""

    slots: Path
    changes: Path

    @property
    def stamps(self) -> Path:
        """Where files lie that carry modification times."""
        return self.changes / "stamps"


def homes(generation: Path, venvs: Path, words: tuple[str, ...], environ: Mapping[str, str]) -> tuple[Home, Home]:
    """Return where records for ``generation`` in ``venvs`` may lie, for who types ``words``; the first choice first.

    A shell knows of ``venvs`` only what the words say; where it is configured, it looks in the user's cache.
    """
    cache = Path(platformdirs.user_cache_dir("vsc-venv")) / FORMAT / spelled(words, environ).replace("/", "%")
    beside = venvs / ".vsc-venv" / FORMAT if says_where(words, environ, venvs) else cache
    return (Home(beside / key(environ), generation / "changes"), Home(cache / key(environ), cache / "changes"))


def says_where(words: tuple[str, ...], environ: Mapping[str, str], venvs: Path) -> bool:
    """Tell whether ``words`` alone lead to ``venvs``."""
    return os.path.realpath(spelled(words, environ)) == os.path.realpath(venvs)


def key(environ: Mapping[str, str]) -> str:
    """Return the name of the directory of slots for shells with these variables (shell/vsc-venv: __vsc_key)."""
    words = (environ.get(name, "") for name in target.OF_LABEL)
    return ",".join((str(os.geteuid()), *words))


def spelled(words: tuple[str, ...], environ: Mapping[str, str]) -> str:
    """Return how the shim calls the directory of the environments."""
    typed = "venvs"
    for word, following in zip(words, (*words[1:], "")):
        if word == "--venvs":
            typed = following
        elif word.startswith("--venvs="):
            typed = word.partition("=")[2]
    return os.path.join(environ.get("PWD", ""), typed)  # noqa: PTH118  # Path() would tidy it


def put(home: Home, new: Slot, grace: float = GRACE) -> None:
    """Keep ``new`` in place of one with the same starting point, else of the oldest where there is no room.

    Raises OSError where ``home`` cannot be written to, or its time stamps are too coarse.
    """
    slotscript.stamp(new.when, home.stamps)
    home.slots.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.slots.chmod(0o700)
    stem = home.slots / str(_number(home.slots, new.when))
    for shell in SHELLS:
        write(stem.with_suffix(f".{shell}"), slotscript.render(new.when, shell, new.stem, home.stamps, new.message))
    write(stem.with_suffix(".json"), json.dumps({"when": new.when.to_json(), "stem": str(new.stem)}, indent=1))
    prune(home, grace)


def prune(home: Home, grace: float = GRACE) -> None:
    """Remove changes that no slot of this user leads to, and that were not made within ``grace`` seconds.

    A process that inherited the environment needs its change to leave it.
    """
    slots = home.slots.parent.glob(f"{os.geteuid()},*/*.json")
    wanted = {data["stem"] for data in map(_data, slots) if isinstance(data.get("stem"), str)}
    for file in home.changes.glob("*.json"):
        status = file.stat()
        if status.st_uid == os.geteuid() and time.time() - status.st_mtime > grace and str(file)[:-5] not in wanted:
            for suffix in (".json", *(f".{shell}" for shell in SHELLS)):
                file.with_suffix(suffix).unlink(missing_ok=True)


def read(slots: Path) -> dict[int, Conditions]:
    """Return the conditions in the directory ``slots`` by number, those that cannot be read excepted."""
    found = {}
    for number in range(1, COUNT + 1):
        with suppress(ValueError):
            found[number] = Conditions.from_json(_data(slots / f"{number}.json").get("when"))
    return found


def _data(slot: Path) -> dict[str, Any]:
    """Return what is written in ``slot``; nothing where that cannot be understood."""
    try:
        return read_json(slot)
    except (OSError, ValueError):
        return {}


def why_not(
    homes: Iterable[Home], words: tuple[str, ...], environ: Mapping[str, str], venvs: Path
) -> Iterator[list[str]]:
    """Yield, for each record in ``homes`` of these ``words`` typed in this directory, why it does not answer them."""
    every = (one for home in homes for one in read(home.slots).values())
    typed = (words, environ.get("PWD"))
    yield from (one.why_not(environ, venvs) for one in every if (one.words, one.directory) == typed)


def _number(slots: Path, when: Conditions) -> int:
    found = read(slots)
    same = [number for number, one in found.items() if one.starts_as(when)]
    free = [number for number in range(1, COUNT + 1) if number not in found]
    oldest = sorted(found, key=lambda number: (slots / f"{number}.json").stat().st_mtime_ns)
    return [*same, *free, *oldest][0]
