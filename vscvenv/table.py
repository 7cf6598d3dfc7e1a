"""What commands print for people and for programs: tables, and JSON."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

from vscvenv.messages import colour, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GAP = "  "
_LEAST = 24
"""Columns that the last one gets, however narrow the terminal is."""
_ENDLESS = 10_000
_STEPS = (("s", 60.0), ("min", 60.0), ("h", 24.0), ("d", 7.0), ("weeks", 1e9))


def show(heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = ()) -> None:
    """Print a table; columns named in ``right`` are flush right, and the last one is wrapped to fit the terminal."""
    for line in render(heads, list(rows), frozenset(right), _width()):
        say(line)


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Print names with what belongs to them; a name may stand for several lines."""
    lines = [(name, number, line) for name, text in rows for number, line in enumerate(text.splitlines() or [""])]
    show((), [("" if number else click.style(name, bold=True), line) for name, number, line in lines])


def say(line: str) -> None:
    """Print a line."""
    click.echo(redact(line), color=colour())


def as_json(data: Any) -> None:
    """Print ``data`` for a program."""
    click.echo(redact(json.dumps(data, indent=1)))


def render(heads: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[str], width: int) -> list[str]:
    """Return the lines of a table that is ``width`` columns wide."""
    every = [*([[click.style(head, bold=True) for head in heads]] if heads else []), *rows]
    widths = [max(map(_length, column)) for column in list(zip(*every))[:-1]]
    room = max(width - sum(widths) - len(_GAP) * len(widths), _LEAST)
    flush = [head in right for head in heads] or [False] * (len(widths) + 1)
    return [line for row in every for line in _row(row, widths, flush, room)]


def _row(row: Sequence[str], widths: Sequence[int], flush: Sequence[bool], room: int) -> list[str]:
    cells = [_padded(*one) for one in zip(row, widths, flush)]
    # A cell that fits may be coloured; one that is wrapped is not.
    last = [row[-1]] if _length(row[-1]) <= room else _wrapped(click.unstyle(row[-1]), room)
    indent = sum(widths) + len(_GAP) * len(widths)
    first = _GAP.join([*cells, *last[:1]])
    return [first.rstrip(), *(" " * indent + line for line in last[1:])]


def _wrapped(text: str, room: int) -> list[str]:
    """Break ``text`` between words only: a path that a terminal itself breaks is still one to copy, or to click on."""
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)


def _padded(cell: str, width: int, flush: bool) -> str:  # noqa: FBT001  # one of a row's three parts
    space = " " * (width - _length(cell))
    return space + cell if flush else cell + space


def _length(cell: str) -> int:
    return len(click.unstyle(cell))


def _width() -> int:
    """Return how wide the terminal is; what goes to a file or a pipe is not wrapped."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _ENDLESS


def size(number: float) -> str:
    """Return a number of bytes for people, in powers of 1024 as `ls -h` has them."""
    for unit in ("B", "K", "M", "G"):
        if number < 1024:  # noqa: PLR2004
            return f"{number:.0f} {unit}" if number >= 10 or unit == "B" else f"{number:.1f} {unit}"  # noqa: PLR2004
        number /= 1024
    return f"{number:.1f} T"


def age(seconds: float) -> str:
    """Return how long ago something was, for people: ``3 h``."""
    rest = max(seconds, 0.0)
    for unit, length in _STEPS:
        if rest < length:
            return f"{rest:.0f} {unit}"
        rest /= length
    return ""
