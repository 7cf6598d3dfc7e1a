"""What the program says: one line each, to standard error, coloured only on a terminal."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Optional

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# Up to the last @ before a slash: passwords are written with @ and quotes in them.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")

# What erases a terminal's line from the cursor on (ECMA-48: EL).
_ERASE = "\x1b[K"


def redact(text: str) -> str:
    """Return ``text`` with the user and password of every URL in it replaced by ``****``."""
    return _CREDENTIALS.sub("****@", text)


def colour() -> Optional[bool]:
    """Return whether to colour, as $NO_COLOR (no-color.org) and $FORCE_COLOR say; None: where it goes to a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def some(names: Sequence[str], shown: int = 4) -> str:
    """Return the first of ``names``, and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{more}"


def note(text: str) -> None:
    """Tell what happens."""
    _say(f"vsc-venv: {redact(text)}")


def warn(text: str) -> None:
    """Tell what may be wrong although the request is met."""
    _say(click.style("vsc-venv: warning: ", fg="yellow") + redact(text))


def error(text: str, hint: Optional[str] = None) -> None:
    """Tell why the request was not met, and what to do about it."""
    _say(click.style("vsc-venv: error: ", fg="red", bold=True) + redact(text))
    if hint:
        _say(f"vsc-venv: {redact(hint)}")


def _say(text: str) -> None:
    click.echo(text, err=True, color=colour())


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yield what shows, on a terminal, a line that the next one replaces and that is gone at the end."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    try:
        yield lambda text: click.echo(f"\r{_ERASE}vsc-venv: {text}", nl=False, err=True)
    finally:
        click.echo(f"\r{_ERASE}", nl=False, err=True)
