"""The lines of a requirements file, taken apart by pip's rules (pip 26, ``req_file.py``)."""

from __future__ import annotations

import optparse
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

from vscvenv.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from vscvenv.reading.inputs import Input

# Where pip lets a line go on in the next, or ends one, and others may not.
_ODD_ENDS = re.compile(r"\\(?:\r|$)|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", re.MULTILINE)
_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_URL_PATH = re.compile(r"[^:/]+:(?://[^/?#]*)?([^?#]*)")
_EDITABLE = ("-e ", "--editable ")
_WITH_VALUE = (
    ("-i", "--index-url", "--pypi-url"),
    ("--extra-index-url",),
    ("-c", "--constraint"),
    ("-r", "--requirement"),
    ("-e", "--editable"),
    ("-f", "--find-links"),
    ("--no-binary",),
    ("--only-binary",),
    ("--all-releases",),
    ("--only-final",),
    ("--trusted-host",),
    ("--use-feature",),
    ("--hash",),
    ("-C", "--config-settings", "--config-setting"),
    # Up to pip 25, which a module's Python may well have.
    ("--global-option",),
    ("--install-option",),
)
_FLAGS = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre")
_NAMES = {name for names in _WITH_VALUE for name in names[:2]} | {*_FLAGS}


@dataclass(frozen=True)
class Line:
    """A logical line: continuations joined, its comment gone, its variables not replaced."""

    file: Path
    number: int
    text: str
    argument: str
    """What stands before the options: a requirement, a path, or nothing."""
    options: tuple[tuple[str, str], ...]
    """Long names, and values ("" for a flag), in order."""

    @property
    def where(self) -> str:
        """FILE:LINE."""
        return f"{self.file}:{self.number}"

    @property
    def is_spelled_out(self) -> bool:
        """Whether its first word, if that is an option, stands apart from its value and is not abbreviated."""
        first = re.split(r"[ =]", self.text, maxsplit=1)[0]
        return not first.startswith("-") or first in _NAMES


def is_simple(text: str) -> bool:
    """Tell whether each line of the file ``text`` ends where any program sees it end."""
    return not _ODD_ENDS.search(text)


def lines(given: Input) -> Iterator[Line]:
    """Yield the lines of ``given`` that say something. Raises InputError for options that pip does not know."""
    for number, text in _joined(given.text):
        argument, rest = _split(text)
        try:
            options = _options(rest)
        except ValueError as problem:
            remedy = "Put a path with blanks into quotes." if rest.startswith(_EDITABLE) else "Correct or remove it."
            raise InputError(
                f"{given.path}:{number}: pip does not take this line: {problem}",
                f"{remedy} 'pip install --help' has the options.",
            ) from problem
        yield Line(given.path, number, text, argument, options)


def variables(text: str) -> list[str]:
    """Return the names of the environment variables in ``text``, written ``${LIKE_THIS}``."""
    return _VARIABLE.findall(text)


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Return ``text`` with its variables replaced, those that are not set or empty excepted; never to be stored."""
    return _VARIABLE.sub(lambda found: environ.get(found[1]) or found[0], text)


def url_path(url: str) -> str:
    """Return the path in ``url``, decoded; whatever else may be wrong with it."""
    found = _URL_PATH.match(url)
    return unquote(found[1]) if found else ""


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and content of logical lines. A comment ends a continued line, as in pip."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        first = first if parts else number
        comment = _COMMENT.match(line)
        continued = line.endswith("\\") and not comment
        parts.append(line.strip("\\") if continued else f" {line}" if comment else line)
        if not continued:
            yield from _said(first, parts)
            parts = []
    yield from _said(first, parts)


def _said(number: int, parts: list[str]) -> Iterator[tuple[int, str]]:
    if content := _COMMENT.sub("", "".join(parts)).strip():
        yield number, content


def _split(text: str) -> tuple[str, str]:
    """Return what stands before the first word with a dash, and the rest: quotes in markers are not the shell's."""
    words = text.split(" ")
    count = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    return " ".join(words[:count]).strip(), " ".join(words[count:])


class _Parser(optparse.OptionParser):
    """pip parses with optparse too, so that abbreviations and ``-fURL`` mean the same."""

    def error(self, msg: str) -> NoReturn:
        raise ValueError(msg)


def _found(
    option: optparse.Option, _: str, value: Any, __: optparse.OptionParser, found: list[tuple[str, str]]
) -> None:
    found.append((option.get_opt_string(), value or ""))


def _options(text: str) -> tuple[tuple[str, str], ...]:
    """Return the options in ``text``. Raises ValueError for unknown ones, and for words that pip would pass over."""
    found: list[tuple[str, str]] = []
    parser = _Parser(add_help_option=False)
    for names in _WITH_VALUE:
        parser.add_option(*names, action="callback", callback=_found, callback_args=(found,), type="string")
    for name in _FLAGS:
        parser.add_option(name, action="callback", callback=_found, callback_args=(found,))
    _, ignored = parser.parse_args(shlex.split(text))
    if ignored:
        raise ValueError(f"it passes over '{' '.join(ignored)}' behind an option")
    return tuple(found)
