"""When a recorded change may be replayed without asking the core: conditions as data, and which of them do not hold.

A shell checks them all by itself (slotscript.py); in doubt the core decides. Files that a request names are compared
byte for byte; those of the site (modulefiles, the modules tool, the interpreter) by their modification times, which
must be the very same.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Optional

from vscvenv import host
from vscvenv.messages import redact, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vscvenv.reading.inputs import Input

CPUINFO = Path("/proc/cpuinfo")
OS_RELEASE = Path("/etc/os-release")
_SHOWN = 3
# bash takes a text for a program where there are more than 256 zero bytes in it (slotscript.py).
_MOST = 250
# Some indexes want their token in the path. What stands there is compared by its value, which would be kept.
_VARIABLE_IN_URL = re.compile(rb"(?<!file)://\S*\$\{")


@dataclass(frozen=True)
class Conditions:
    """What must be as it was for a change to be replayed without asking the core."""

    words: tuple[str, ...]
    """The command line as typed."""
    directory: str
    """Where it was typed, as the shell calls it."""
    variables: Mapping[str, Optional[str]]
    """Values that exported variables must have; None: unset."""
    counts: Mapping[str, int]
    """How many variables there must be whose names begin so."""
    link: str
    """The link to the current generation: its name, or its path where the words do not say where it is."""
    generation: str
    inputs: Mapping[str, str]
    """What the files that the request names must hold."""
    files: Mapping[str, Optional[int]]
    """Modification times, in nanoseconds, of files and directories; None: it must not be there."""
    cpu: str
    os_release: str
    links: Mapping[str, str]
    """What is called by a name that leads through links, and where it is."""

    def starts_as(self, other: Conditions) -> bool:
        """Tell whether the same words, typed in the same place, start from the same environment in ``other``."""
        mine, theirs = (
            (one.words, one.directory, one.variables, one.counts, one.cpu, one.os_release) for one in (self, other)
        )
        return mine == theirs

    def why_not(self, environ: Mapping[str, str], venvs: Path) -> list[str]:
        """Return why a shell with ``environ`` may not replay, whose environments are in ``venvs``; nothing if it may.

        The words and the place are not looked at; nor are, where another build is current, the files of this one.
        """
        builds = [*self._other_build(venvs)]
        own = f"{self.generation}/"
        files = {path: time for path, time in self.files.items() if not (builds and path.startswith(own))}
        return [*self._other_start(environ), *self._other_host(), *builds, *self._other_files(files)]

    def _other_start(self, environ: Mapping[str, str]) -> Iterator[str]:
        names = [name for name, value in self.variables.items() if environ.get(name) != value]
        names += [f"{prefix}*" for prefix, count in self.counts.items() if count != _count(prefix, environ)]
        if names:
            yield f"another starting point: {some(names, _SHOWN)}"

    def _other_host(self) -> Iterator[str]:
        if self.cpu != cpu():
            yield "another kind of CPU"
        if self.os_release != os_release():
            yield f"another {OS_RELEASE}"

    def _other_build(self, venvs: Path) -> Iterator[str]:
        if os.path.realpath(venvs / self.link) != os.path.realpath(self.generation):
            yield f"{self.link} is another build"
        elsewhere = [name for name, place in self.links.items() if os.path.realpath(name) != os.path.realpath(place)]
        if elsewhere:
            yield f"elsewhere: {some(elsewhere, _SHOWN)}"

    def _other_files(self, files: Mapping[str, Optional[int]]) -> Iterator[str]:
        changed = [path for path, content in self.inputs.items() if _content(path) != content]
        times = {path: _time(path) for path in files}
        changed += [path for path, time in files.items() if time is not None and times[path] not in {time, None}]
        gone = [path for path, time in files.items() if time is not None and times[path] is None]
        new = [path for path, time in files.items() if time is None and times[path] is not None]
        for paths, verb in ((changed, "changed"), (gone, "gone"), (new, "new")):
            if paths:
                yield f"{verb}: {some(paths, _SHOWN)}"

    def to_json(self) -> dict[str, Any]:
        """Return the conditions as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Conditions:
        """Return the conditions that ``to_json`` wrote. Raises ValueError where it did not."""
        try:
            made = cls(**{**data, "words": tuple(data["words"])})
        except (KeyError, TypeError) as problem:
            raise ValueError(data) from problem
        texts = (made.directory, made.link, made.generation, made.cpu, made.os_release, *made.words)
        tables = (
            _is_table(made.variables, str, type(None)),
            _is_table(made.counts, int),
            _is_table(made.inputs, str),
            _is_table(made.files, int, type(None)),
            _is_table(made.links, str),
        )
        if not all(isinstance(text, str) for text in texts) or not all(tables):
            raise ValueError(data)
        return made


def _is_table(value: object, *kinds: type) -> bool:
    return isinstance(value, dict) and all(isinstance(one, kinds) for one in value.values())


def observe(
    words: tuple[str, ...],
    environ: Mapping[str, str],
    *,
    names: Iterable[str],
    prefixes: Iterable[str],
    link: str,
    generation: Path,
    inputs: Iterable[Input],
    files: Iterable[str],
    times: Mapping[str, Optional[int]] = MappingProxyType({}),
    links: Iterable[tuple[str, str]] = (),
) -> Conditions:
    """Return the conditions as they are now, for variables with these names and prefixes, and these files.

    ``link`` is a path, or a name in the directory of the environments as the words have it. ``times`` are of files that
    were looked at before. ``links`` are names that lead through links, and the places.
    """
    compared = {str(one.path): os.fsdecode(one.content) for one in inputs if not one.is_digest}
    timed = {*files, *(str(one.path) for one in inputs if str(one.path) not in compared)}
    own = {name for prefix in prefixes for name in environ if name.startswith(prefix)}
    return Conditions(
        words=words,
        directory=environ.get("PWD", ""),
        variables={name: environ.get(name) for name in sorted({*names, *own})},
        counts={prefix: _count(prefix, environ) for prefix in prefixes},
        link=link,
        generation=str(generation),
        inputs=compared,
        files={**{path: _time(path) for path in sorted(timed)}, **times},
        cpu=cpu(),
        os_release=os_release(),
        links=dict(links),
    )


def why_never(these: Conditions, inputs: Iterable[Input], since: int) -> list[str]:
    """Return why ``these`` must not be kept, or cannot be checked by a shell; nothing where they may.

    ``since`` is when the core began to look, in nanoseconds: what changed later may be another than it saw.
    """
    reasons = why_no_input(inputs)
    reasons += ["a password was typed"] if any(redact(word) != word for word in these.words) else []
    ours = {name: value or "" for name, value in these.variables.items() if name.startswith("VSC_VENV_")}
    reasons += [f"${name} holds a password" for name, value in ours.items() if redact(value) != value]
    site = (path for path in these.files if not path.startswith(f"{these.generation}{os.sep}"))
    reasons += [f"{path} changed meanwhile" for path in site if _changed_since(path, since)]
    reasons += ["so many files are read"] if len(these.inputs) > _MOST else []
    return reasons


def why_no_input(inputs: Iterable[Input]) -> list[str]:
    """Return why any of ``inputs``, read or recorded, must not be kept, or cannot be compared by a shell."""
    every = list(inputs)
    reasons = [f"{one.path.name} holds a password" for one in every if _has_password(one)]
    reasons += [f"{one.path.name} has a variable in a URL" for one in every if _VARIABLE_IN_URL.search(one.content)]
    return reasons + [f"{one.path.name} holds a zero byte" for one in every if b"\0" in one.content]


def _has_password(one: Input) -> bool:
    return one.redacted != one.content or b"://****@" in one.content


def cpu() -> str:
    """Return what tells this kind of CPU from another."""
    return host.cpu_signature(CPUINFO.read_text(encoding="utf-8", errors="surrogateescape"))


def os_release() -> str:
    """Return what the operating system says of itself."""
    return _content(str(OS_RELEASE)) or ""


def _count(prefix: str, environ: Mapping[str, str]) -> int:
    return sum(name.startswith(prefix) for name in environ)


def _content(path: str) -> Optional[str]:
    try:
        return os.fsdecode(Path(path).read_bytes())
    except OSError:
        return None


def _time(path: str) -> Optional[int]:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return None


def _changed_since(path: str, moment: int) -> bool:
    """Tell whether ``path`` changed after ``moment``, also where its modification time was set back."""
    try:
        return Path(path).stat().st_ctime_ns >= moment
    except OSError:
        return False
