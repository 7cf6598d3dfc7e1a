"""The modules file: what to load, in order, each with the line that asks for it.

Lines that people paste from job scripts (``module load X``, ``ml X``) are understood; shell syntax is never run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from vscvenv import messages
from vscvenv.errors import InputError
from vscvenv.reading import inputs
from vscvenv.reading.modulewords import IGNORED, REFUSED, VERBS, Kind, remedy, shell_remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from vscvenv.request import Request

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_REDIRECTION = re.compile(r"(?:\s+(?:\d*|&)>{1,2}[&|]?\s*[^\s=;|&<>()`]+)+$")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)
# Options before or behind a sub-command that only change what is printed; --force too, once that is said.
_FLAG = re.compile(r"-[fqsti]|--(?:force|quiet|silent|terse|no-pager|auto|no-auto|icase)")
_USE_FLAGS = {"-a": "--append", "--append": "--append", "-p": "", "--prepend": ""}


@dataclass(frozen=True)
class Step:
    """One thing asked of the modules tool, and where.

    ``names`` are modules, for ``swap`` one or two; for ``use`` directories, perhaps behind ``--append``.
    """

    kind: Kind
    names: tuple[str, ...]
    file: Path
    line: int

    @property
    def where(self) -> str:
        """FILE:LINE."""
        return f"{self.file}:{self.line}"

    @property
    def loads(self) -> tuple[str, ...]:
        """The modules that are loaded by this step."""
        if self.kind == "swap":
            return self.names[-1:]
        return self.names if self.kind == "load" else ()

    @property
    def unloads(self) -> tuple[str, ...]:
        """The modules that go with this step; not those that a ``swap`` with one name finds by itself."""
        if self.kind == "swap":
            return self.names[:-1]
        return self.names if self.kind == "unload" else ()


@dataclass(frozen=True)
class Call:
    """One call of the modules tool: its words, and FILE:LINE of each module it loads."""

    words: tuple[str, ...]
    loads: Mapping[str, str]
    where: str


@dataclass(frozen=True)
class ModuleList:
    """What a modules file asks for."""

    steps: tuple[Step, ...]
    given: Optional[inputs.Input] = None
    """The modules file, where it is one that was read."""

    @property
    def names(self) -> tuple[str, ...]:
        """The modules asked for in the end, in order, as they were written."""
        names: dict[str, None] = {}
        for step in self.steps:
            kept = () if step.kind == "purge" else [name for name in names if not _is_any(name, step.unloads)]
            names = dict.fromkeys((*kept, *step.loads))
        return tuple(names)

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that do all steps: as few as can be, since each costs a tenth of a second.

        A purge at the beginning is left out: the list starts from purged modules.
        """
        merged: list[list[Step]] = []
        for step in self.steps:
            if step.kind == "purge" and not merged:
                continue
            if merged and step.kind == merged[-1][0].kind and step.kind in {"load", "unload"}:
                merged[-1].append(step)
            else:
                merged.append([step])
        return tuple(_call(steps) for steps in merged)


EMPTY = ModuleList(())


def asked_by(request: Request, environ: Mapping[str, str], cwd: Path) -> ModuleList:
    """Return what the modules file of ``request`` asks for, nothing where it has none. Raises InputError as parse()."""
    if request.modules is None:
        return EMPTY
    if request.module_names is not None:
        return named(request.module_names, request.modules, environ)
    return parse(inputs.read_input(request.modules, "modules file", environ, cwd), environ)


def parse(given: inputs.Input, environ: Mapping[str, str]) -> ModuleList:
    """Return what ``given`` asks for; variables in directories of ``module use`` come from ``environ``.

    Raises InputError naming file, line and remedy for anything but a list of modules.
    """
    return _parse(given, lambda word: _expand(word, environ), messages.note)


def named(names: Sequence[str], configuration: Path, environ: Mapping[str, str]) -> ModuleList:
    """Return what ``names``, entries of a list in the file ``configuration``, ask for. Raises InputError as parse()."""
    lines = configuration.read_bytes().decode("utf-8", "replace").splitlines() if configuration.is_file() else []
    steps: list[Step] = []
    for name in names:
        line = next((number for number, text in enumerate(lines, 1) if name in text), 1)
        steps += _Line(configuration, line, lambda word: _expand(word, environ), messages.note).steps(name)
    return ModuleList(tuple(steps))


def describe_change(path: Path, old: bytes, new: bytes) -> str:
    """Return in one line what became of the modules file ``path``: "modules.txt changed: +Pillow/10.0.0, …"."""
    return inputs.describe_change(path, _entries(path, old), _entries(path, new))


def _entries(path: Path, content: bytes) -> dict[str, str]:
    """Return the version of each module asked for (``/1.0``); other steps stand for themselves."""
    try:
        steps = _parse(inputs.Input(path, content), str, _say_nothing).steps
    except InputError:
        return {}
    entries: dict[str, str] = {}
    for step in steps:
        if step.kind != "load":
            entries[f"module {' '.join((step.kind, *step.names))}"] = ""
        for name, slash, version in (name.rpartition("/") for name in step.names if step.kind == "load"):
            entries[name or version] = slash + version if slash else ""
    return entries


def _say_nothing(_: str) -> None:
    """Stand in for a notice that was given when the file was read."""


def _parse(given: inputs.Input, expand: Callable[[str], str], tell: Callable[[str], None]) -> ModuleList:
    steps: list[Step] = []
    for number, text in _lines(given.text):
        steps += _Line(given.path, number, expand, tell).steps(text)
    return ModuleList(tuple(steps), given)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, without comments, joined where one ends in a backslash."""
    joined, first = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _COMMENT.sub("", raw).strip()
        first = first if joined else number
        joined += line.removesuffix("\\") + " "
        if not line.endswith("\\"):
            if joined.strip():
                yield first, joined.strip()
            joined = ""
    if joined.strip():
        yield first, joined.strip()


@dataclass(frozen=True)
class _Line:
    """Reads one line; knows where it stands."""

    file: Path
    number: int
    expand: Callable[[str], str]
    tell: Callable[[str], None]

    def steps(self, text: str) -> Iterator[Step]:
        first, *rest = self._words(text)
        if first == "module":
            yield from self._command(rest)
        elif first == "ml":
            yield from self._ml(rest)
        elif first in VERBS:
            yield from self._command([first, *rest])
        elif why := shell_remedy(first):
            raise self._error(f"'{first}' is a command of the shell", why)
        else:
            yield self._step("load", self._names([first, *rest]))

    def _words(self, text: str) -> list[str]:
        """Return the words of a line without a list marker before and a redirection behind."""
        if redirection := _REDIRECTION.search(text):
            self.tell(f"{self.file}:{self.number}: left out{redirection[0]}: shell syntax is not run")
            text = text[: redirection.start()]
        if re.match(r"-[\w./]", text, re.ASCII):
            self.tell(f"{self.file}:{self.number}: read as a list: {text[1:]} is loaded ('module unload' unloads)")
        text = re.sub(r"^-\s*(?=[\w./])", "", text, flags=re.ASCII)
        return text.split()

    def _command(self, words: list[str]) -> Iterator[Step]:
        words = self._without_flags(words)
        verb, *rest = words or ["list"]
        if verb in REFUSED:
            raise self._error(f"'module {verb}' does not say which modules", REFUSED[verb])
        if IGNORED.fullmatch(verb):
            self._names(rest)
            self.tell(f"{self.file}:{self.number}: left out: 'module {verb}' loads nothing")
            return
        if verb not in VERBS:
            why = remedy(verb) or "Known are load, unload, swap, use, unuse and purge."
            raise self._error(f"'{verb}' is no sub-command of module", why)
        yield from self._verb(verb, VERBS[verb], rest)

    def _verb(self, verb: str, kind: Kind, rest: list[str]) -> Iterator[Step]:
        counts = {"purge": (0, 0), "swap": (1, 2)}.get(kind, (1, len(rest)))
        names = self._directories(rest) if kind in {"use", "unuse"} else self._names(rest)
        if not counts[0] <= len(names) <= counts[1]:
            count = f"{len(names)} names" if names else "no name"
            raise self._error(f"'module {verb}' with {count}", "Write it as the modules tool wants it.")
        yield self._step(kind, names)

    def _ml(self, words: list[str]) -> Iterator[Step]:
        """Read Lmod's short form: sub-commands as ``module`` has, else names to load and ``-name`` to unload."""
        words = self._without_flags(words)
        if not words or words[0] in {*VERBS, *REFUSED} or IGNORED.fullmatch(words[0]):
            yield from self._command(words)
            return
        for word in words:
            yield self._step("unload" if word.startswith("-") else "load", self._names([word.removeprefix("-")]))

    def _without_flags(self, words: list[str]) -> list[str]:
        if "--force" in words or "-f" in words:
            self.tell(f"{self.file}:{self.number}: left out --force: what the site keeps sticky stays loaded")
        return [word for word in words if not _FLAG.fullmatch(word)]

    def _names(self, words: list[str]) -> tuple[str, ...]:
        for word in words:
            if why := remedy(word):
                raise self._error(f"'{word}' is no name of a module", why)
        return tuple(words)

    def _directories(self, words: list[str]) -> tuple[str, ...]:
        flags = {_USE_FLAGS[word] for word in words if word in _USE_FLAGS} - {""}
        return (*flags, *(self._directory(word) for word in words if word not in _USE_FLAGS))

    def _directory(self, word: str) -> str:
        """Return the directory that ``word`` names, from that of the file on, its variables put in."""
        if why := remedy(_VARIABLE.sub("_", word)):
            raise self._error(f"'{word}' is no directory", why)
        try:
            return str(self.file.parent / self.expand(word))
        except KeyError as unset:
            raise self._error(f"${unset.args[0]} is not set", "Set it, or write the directory itself.") from unset

    def _step(self, kind: Kind, names: tuple[str, ...]) -> Step:
        return Step(kind, names, self.file, self.number)

    def _error(self, what: str, why: str) -> InputError:
        return InputError(f"{self.file}:{self.number}: {what}", why)


def _expand(word: str, environ: Mapping[str, str]) -> str:
    """Return ``word`` with its variables and ``~/`` replaced. Raises KeyError for one that is not set."""
    home = re.sub(r"^~(?=/|$)", "${HOME}", word)
    return _VARIABLE.sub(lambda found: environ[found[1] or found[2]], home)


def _is_any(name: str, asked: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(f"{one}/") for one in asked)


def _call(steps: list[Step]) -> Call:
    names = dict.fromkeys(name for step in steps for name in step.names)
    loads = {name: step.where for step in reversed(steps) for name in step.loads}
    ordered = {name: loads[name] for name in names if name in loads}
    return Call((steps[0].kind, *names), ordered, steps[0].where)
