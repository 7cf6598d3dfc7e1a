"""A request as words again: what to type, or to put into a script, for the same environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vscvenv.request import Request


def of(request: Request, here: Path) -> tuple[str, ...]:
    """Return the options that ask for ``request`` where the working directory is ``here``; no password is in them."""
    return tuple(_words(request, here))


def _words(request: Request, here: Path) -> Iterator[str]:
    for path in request.requirements:
        yield from ("--requirements", _from(here, path))
    if request.modules:
        yield from ("--modules", _from(here, request.modules))
    for option, names in (("--extra", request.extras), ("--group", request.groups)):
        for name in names:
            yield from (option, name)
    for option, value in request.redacted_options:
        yield from (option, value) if value else (option,)
    if request.venvs != here / "venvs":
        yield from ("--venvs", _from(here, request.venvs))


def _from(here: Path, path: Path) -> str:
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
