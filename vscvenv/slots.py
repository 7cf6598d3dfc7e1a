"""Where a shell looks for records to replay: numbered links, the latest first, by what the site says of the node.

The name of the directory is made of variables as they are, so that a shell finds it without knowing any rule.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv.replay import SHELLS

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNT = 8
"""Starting points and spellings that are kept; the shim looks at as many."""


def directory(venvs: Path, environ: Mapping[str, str]) -> Path:
    """Return where the records for shells with these variables are linked."""
    words = (environ.get(name, "") for name in ("VSC_OS_LOCAL", "VSC_ARCH_LOCAL", "VSC_ARCH_SUFFIX"))
    return venvs / ".vsc-venv" / "warm" / ",".join(words)


def put(venvs: Path, environ: Mapping[str, str], stem: Path) -> None:
    """Link the record ``stem`` as the first to be tried; the last one goes. Without permission nothing is done."""
    place = directory(venvs, environ)
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        others = [one for one in linked(place) if one != stem and one.with_suffix(".json").exists()]
        for number in range(COUNT, 0, -1):
            stems = [stem, *others][number - 1 : number]
            for shell in SHELLS:
                _link(place / f"{number}.{shell}", [one.with_suffix(f".{shell}") for one in stems])


def linked(place: Path) -> list[Path]:
    """Return the records that are linked in ``place``, in the order in which they are tried."""
    links = (place / f"{number}.{SHELLS[0]}" for number in range(1, COUNT + 1))
    return [Path(os.path.normpath(place / link.readlink())).with_suffix("") for link in links if link.is_symlink()]


def _link(link: Path, targets: list[Path]) -> None:
    """Point ``link`` to the target in one step, or remove it where there is none."""
    if not targets:
        link.unlink(missing_ok=True)
        return
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.symlink_to(os.path.relpath(targets[0], link.parent))
    temporary.replace(link)
