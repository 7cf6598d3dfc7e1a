"""The requirements files: every file read, and what they ask for, before anything is installed."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Optional

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from vscvenv.errors import InputError, UsageError
from vscvenv.files import write
from vscvenv.messages import warn
from vscvenv.reading import hints as requirementhints
from vscvenv.reading import inputs, pyproject
from vscvenv.reading.inputs import Input, kind_of, read_input
from vscvenv.reading.line import Line, expand, is_simple, lines, url_path, variables
from vscvenv.reading.requirement import Item, for_pip_only, interpret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from vscvenv.request import Request

_INCLUDES = {"--requirement": False, "--constraint": True}
_OF_ITEMS = {"--hash", "--config-settings", "--global-option", "--install-option"}
_PIP_ONLY = {"--all-releases", "--only-final", "--no-require-hashes"}
_HASH = re.compile(r"sha(?:256|384|512):[0-9a-fA-F]+")


@dataclass(frozen=True)
class Option:
    """An option in a requirements file: its long name, and its value as written ("" for a flag)."""

    name: str
    value: str
    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.name} ({self.file.name}:{self.line})"


@dataclass(frozen=True)
class Requirements:
    """What was asked for, and all that was read to know it."""

    sources: tuple[Path, ...]
    inputs: tuple[Input, ...]
    items: tuple[Item, ...]
    constraints: tuple[Item, ...]
    options: tuple[Option, ...]
    pip_only: tuple[Option, ...]
    """What uv cannot do."""
    as_written: bool
    """Whether an installer can be given ``sources``; else it needs a copy."""

    @property
    def names(self) -> tuple[str, ...]:
        """The requirements that have a name, without their URLs."""
        plain = (item.requirement or item.name for item in self.items)
        return tuple(str(one).partition(" @ ")[0] for one in plain if one)

    @property
    def named(self) -> tuple[Requirement, ...]:
        """The requirements that are more than a path or a URL."""
        return tuple(item.requirement for item in self.items if item.requirement)

    @property
    def option_lines(self) -> list[str]:
        """The options on lines of their own, passwords included, as a copy has them."""
        return [*map(_option_text, self.options)]

    def files(self, directory: Path) -> tuple[Path, ...]:
        """Return what to give an installer: the sources, or else a copy written to ``directory``.

        A copy holds what the sources hold, passwords included: ``directory`` must be private and go away again.
        """
        if self.as_written:
            return self.sources
        copy, constraints = directory / "requirements.txt", directory / "constraints.txt"
        write(constraints, _text(item.rewritten or item.text for item in self.constraints))
        written = (item.rewritten or item.text for item in self.items)
        write(copy, _text([*self.option_lines, f"--constraint {constraints.name}", *written]))
        return (copy,)


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _option_text(option: Option) -> str:
    plain = re.fullmatch(r"[^\s'\"\\]*", option.value)
    return f"{option.name} {option.value if plain else shlex.quote(option.value)}".rstrip()


def asked_by(request: Request, environ: Mapping[str, str], cwd: Path) -> Requirements:
    """Return what the requirements files of ``request`` ask for, as `read` does."""
    return read(request.requirements, extras=request.extras, groups=request.groups, environ=environ, cwd=cwd)


def read(
    paths: Sequence[Path], *, extras: Sequence[str], groups: Sequence[str], environ: Mapping[str, str], cwd: Path
) -> Requirements:
    """Return what the requirements files ``paths`` ask for, those that they name included.

    ``extras`` and dependency ``groups`` are taken from each pyproject.toml among them. Local paths are relative to
    ``cwd``, as for pip. Raises InputError for what cannot be used, naming file, line and remedy, and UsageError for
    extras or groups where there is no pyproject.toml.
    """
    reader = _Reader(environ, cwd, extras, groups)
    for path in paths:
        reader.file(path)
    if (extras or groups) and not any(path.name == pyproject.FILES[0] for path in paths):
        raise UsageError("extras and groups are those of a pyproject.toml", "Add: --requirements pyproject.toml")
    return Requirements(
        sources=tuple(paths),
        inputs=tuple(reader.inputs.values()),
        items=tuple(reader.items),
        constraints=tuple(reader.constraints),
        options=tuple(reader.options),
        pip_only=tuple(reader.pip_only),
        as_written=reader.as_written,
    )


@dataclass
class _Reader:
    """Collects what the files say, one after the other."""

    environ: Mapping[str, str]
    cwd: Path
    extras: Sequence[str]
    groups: Sequence[str]
    inputs: dict[Path, Input] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    constraints: list[Item] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    pip_only: list[Option] = field(default_factory=list)
    as_written: bool = True
    done: set[tuple[Path, bool]] = field(default_factory=set)

    def file(self, path: Path, *, constraint: bool = False, asked_by: str = "", within: tuple[Path, ...] = ()) -> None:
        """Read a file, and those that it includes; ``within`` are the files that include it."""
        what = "constraints file" if constraint else "requirements file"
        given = read_input(path, what, self.environ, self.cwd, asked_by=asked_by)
        if given.path in within:
            circle = " → ".join(one.name for one in (*within[within.index(given.path) :], given.path))
            raise InputError(f"{asked_by}: {given.path.name} includes itself: {circle}", "Remove one of these lines.")
        self.inputs.setdefault(given.path, given)
        if (given.path, constraint) in self.done:
            return
        self.done.add((given.path, constraint))
        for line in self._lines(given):
            self._line(line, constraint=constraint, within=(*within, given.path))

    def _lines(self, given: Input) -> Iterator[Line]:
        if given.path.name == pyproject.FILES[0]:
            self.as_written = False
            project = pyproject.parse(given)
            asked = project.dependencies(self.extras, self.groups)
            project.warn_of_sources(asked)
            for text in asked:
                yield Line(given.path, project.line_of(text), text, text, ())
            return
        if other := requirementhints.other_format(given.path, given.text):
            raise InputError(f"{given.path}:1: this is {other[0]}, not a requirements file", other[1])
        self.as_written &= given.is_utf8 and is_simple(given.text)
        yield from lines(given)

    def _line(self, line: Line, *, constraint: bool, within: tuple[Path, ...]) -> None:
        for unset in [name for name in variables(line.text) if not self.environ.get(name)]:
            warn(f"{line.where}: ${{{unset}}} is not set")
        self.as_written &= line.is_spelled_out
        names = [name for name, _ in line.options]
        if any(name in _INCLUDES for name in names):
            _refuse(line, names[1:] if not line.argument else names)
            self._include(line, within)
        elif line.argument or "--editable" in names:
            own = _OF_ITEMS if line.argument else {*_OF_ITEMS, "--editable"}
            _refuse(line, [name for name in names if name not in own] + names[1:] * (names.count("--editable") > 1))
            self._item(line, constraint=constraint)
        else:
            self._options(line)

    def _include(self, line: Line, within: tuple[Path, ...]) -> None:
        ((name, written),) = line.options
        value = expand(written, self.environ)
        if re.match(r"(?:https?|ftp):", value, re.IGNORECASE):
            self.options.append(Option(name, written, line.file, line.number))
            return
        path = url_path(value) if value.lower().startswith("file:") else value
        self.file(line.file.parent / path, constraint=_INCLUDES[name], asked_by=line.where, within=within)

    def _item(self, line: Line, *, constraint: bool) -> None:
        for name, value in line.options:
            if name == "--hash" and not _HASH.fullmatch(value):
                raise InputError(f"{line.where}: '{value}' is not a hash that pip takes", "Write: --hash=sha256:…")
        item = interpret(line, self.environ, self.cwd)
        if constraint and item.editable:
            raise InputError(f"{line.where}: a constraint cannot be editable", "Put it into the requirements file.")
        (self.constraints if constraint else self.items).append(item)
        for one in item.files:
            # What is read as a list as well stays a list.
            self.inputs.setdefault(one.path, one)
        self.pip_only += [Option(why, line.text, line.file, line.number) for why in for_pip_only(line)]
        self.as_written &= item.rewritten is None

    def _options(self, line: Line) -> None:
        # uv takes one option a line.
        self.as_written &= len(line.options) == 1
        for name, written in line.options:
            place = self._links(line, written) if name == "--find-links" else written
            if place is None:
                # As pip does; uv would take it for a URL.
                warn(f"{line.where}: {name} is passed over: there is no {written}")
                self.as_written = False
                continue
            option = Option(name, place, line.file, line.number)
            self.options.append(option)
            self.pip_only += [option] if name in _PIP_ONLY else []

    def _links(self, line: Line, written: str) -> Optional[str]:
        """Return the URL in a --find-links option, or that of the place that it names; None where nothing is there."""
        value = expand(written, self.environ)
        if "://" in value or value.startswith("file:"):
            return written
        beside = line.file.parent / value
        return beside.as_uri() if kind_of(beside) else None


def _refuse(line: Line, names: Sequence[str]) -> None:
    """Raise InputError where the line has options of these ``names``, which pip passes over in silence."""
    if names:
        raise InputError(
            f"{line.where}: pip passes over {names[0]} here, behind what stands before it",
            f"Put {names[0]} on a line of its own.",
        )


def describe_change(path: Path, old: bytes, new: bytes) -> str:
    """Return in one line what became of the file ``path``: "requirements.txt changed: +rich, numpy 1.25 → 1.26"."""
    return inputs.describe_change(path, _entries(path, old), _entries(path, new))


def _entries(path: Path, content: bytes) -> dict[str, str]:
    """Return what each named requirement asks for; other lines stand for themselves."""
    given = Input(path, content)
    try:
        if path.name == pyproject.FILES[0]:
            return dict(map(_entry, pyproject.parse(given).all_dependencies()))
        if path.name in pyproject.FILES:
            return {}
        return dict(_entry(line.argument or line.text) for line in lines(given))
    except InputError:
        return {}


def _entry(text: str) -> tuple[str, str]:
    try:
        asked = Requirement(text)
    except InvalidRequirement:
        return text, ""
    extras = f"[{','.join(sorted(asked.extras))}]" if asked.extras else ""
    marker = f" ({asked.marker})" if asked.marker else ""
    return f"{canonicalize_name(asked.name)}{extras}{marker}", str(asked.specifier) or (
        f"@{asked.url}" if asked.url else ""
    )
