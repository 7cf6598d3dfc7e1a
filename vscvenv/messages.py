"""What the program says: one line each, to standard error, coloured only on a terminal."""

from __future__ import annotations

import re
from typing import Optional

import click

# Up to the last @ before a slash: passwords are written with @ and quotes in them.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")


def redact(text: str) -> str:
    """Return ``text`` with the user and password of every URL in it replaced by ``****``."""
    return _CREDENTIALS.sub("****@", text)


def note(text: str) -> None:
    """Tell what happens."""
    click.echo(f"vsc-venv: {redact(text)}", err=True)


def warn(text: str) -> None:
    """Tell what may be wrong although the request is met."""
    click.echo(click.style("vsc-venv: warning: ", fg="yellow") + redact(text), err=True)


def error(text: str, hint: Optional[str] = None) -> None:
    """Tell why the request was not met, and what to do about it."""
    click.echo(click.style("vsc-venv: error: ", fg="red", bold=True) + redact(text), err=True)
    if hint:
        click.echo(f"vsc-venv: {redact(hint)}", err=True)
