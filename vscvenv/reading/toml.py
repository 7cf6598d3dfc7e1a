"""Files in TOML, with the lines on which their keys stand, which parsers do not tell."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vscvenv.errors import InputError

if TYPE_CHECKING:
    from vscvenv.reading.inputs import Input

Key = tuple[str, ...]

# By name, since mypy knows only one of them at a time.
_library: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def loads(text: str) -> dict[str, Any]:
    """Return ``text``, parsed. Raises ValueError where it is not TOML."""
    data: dict[str, Any] = _library.loads(text)
    return data


def parse(given: Input) -> dict[str, Any]:
    """Return ``given``, parsed. Raises InputError with the line where it is not TOML."""
    try:
        return loads(given.text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as problem:
        at = re.search(r"line (\d+)", str(problem))
        cut = "end of document" in str(problem)
        line = at[1] if at else len(given.text.splitlines()) if cut and given.text else 1
        raise InputError(
            f"{given.path}:{line}: this is not TOML: {problem}",
            'Correct it, as in: name = "value" (toml.io)',
        ) from problem


def line_of(text: str, key: Key) -> int:
    """Return the number of the line on which ``key`` or its table begins, 1 where it is written in another way."""
    table: Key = ()
    best = (0, 1)
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            table = found = _key(line) or table
        else:
            found = (*table, *_key(f"{line.partition('=')[0]}= 0")) if "=" in line else ()
        common = len(found) if found == key[: len(found)] else 0
        best = max(best, (common, number), key=lambda pair: pair[0])
    return best[1]


def _key(line: str) -> Key:
    """Return the dotted key that ``line``, parsed alone, gives something to; nothing where it does not."""
    try:
        data: Any = loads(line)
    except ValueError:
        return ()
    keys: list[str] = []
    while isinstance(data, dict) and data:
        (key,) = data
        keys.append(key)
        data = data[key]
    return tuple(keys)
