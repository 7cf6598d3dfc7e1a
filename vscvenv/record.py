"""What a generation was built from, and why that no longer answers."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from packaging.pylock import is_valid_pylock_path

from vscvenv.errors import InputError
from vscvenv.files import read_json, write
from vscvenv.reading import inputs, modulelist, pylock, requirements
from vscvenv.reading.inputs import Input, read_again
from vscvenv.request import Request, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.engine.interpreter import Interpreter
    from vscvenv.request import Manner

FORMAT = 1
"""Raised when an older program could misread a record; one of another format is not used but rebuilt."""


@dataclass(frozen=True)
class Basis:
    """All that decides what is in an environment: the request, every file read, the modules and their Python."""

    request: Request
    inputs: tuple[Input, ...]
    modules: tuple[str, ...]
    """Full names of the modules that the list loaded; not those that the site keeps sticky."""
    python: dict[str, Any]
    """What tells one interpreter from another: version, place, signature."""

    def drift(self, now: Basis) -> list[str]:
        """Return why an environment built from this basis does not answer ``now``; nothing where it does."""
        return [*self._other_files(now), *self._changed_files(now), *self._other_modules(now), *self._other_python(now)]

    @property
    def is_locked(self) -> bool:
        """Whether the versions are those of the lock file."""
        return self.request.lock_file in {one.path for one in self.inputs}

    def is_of(self, request: Request, manner: Manner) -> bool:
        """Tell whether ``request`` asks for this, and the files that are read for it are as they were."""
        return not self.edited(manner) and request.to_json() == self.request.to_json()

    def edited(self, manner: Manner) -> list[str]:
        """Return what became of the files that were read, with the lock file as ``manner`` has it; nothing if none."""
        try:
            found = [read_again(one) for one in self.inputs]
        except (OSError, InputError) as problem:
            return [str(problem)]
        gone = [f"{one.path.name} is gone" for one, now in zip(self.inputs, found) if now is None]
        return gone or [*self.drift(replace(self, inputs=tuple(filter(None, found)))), *self._other_lock(manner)]

    def _other_lock(self, manner: Manner) -> Iterator[str]:
        lock = self.request.lock_file
        is_wanted = manner.locked or (not manner.no_lock and os.path.lexists(lock))
        if is_wanted != self.is_locked:
            yield f"{lock.name} is read {'too' if is_wanted else 'no longer'}"

    def _other_files(self, now: Basis) -> Iterator[str]:
        for what in ("requirements", "modules", "extras", "groups", "redacted_options", "module_names"):
            before, after = getattr(self.request, what), getattr(now.request, what)
            if before != after:
                # Files of one name may lie in two places.
                in_full = _names(before) == _names(after)
                shown = f"{_names(after, in_full=in_full)} instead of {_names(before, in_full=in_full)}"
                yield f"{what.replace('redacted_', '').replace('_', ' ')}: {shown}"

    def _changed_files(self, now: Basis) -> Iterator[str]:
        # What only one of the requests names has been told already.
        told = self.request.files ^ now.request.files
        earlier = {one.path: one for one in self.inputs if one.path not in told}
        for one in now.inputs:
            if one.path in told:
                continue
            before = earlier.pop(one.path, None)
            if before is None:
                yield f"{one.path.name} is read too"
            elif before.fingerprint != one.fingerprint:
                yield now.describe_change(one.path, before.content, one.content)
        yield from (f"{path.name} is read no longer" for path in earlier)

    def describe_change(self, path: Path, old: bytes, new: bytes) -> str:
        """Return in one line what became of the file ``path``, whichever kind of input it is."""
        if path == self.request.modules_file:
            return modulelist.describe_change(path, old, new)
        if is_valid_pylock_path(path):
            return inputs.describe_change(path, pylock.entries(path, old), pylock.entries(path, new))
        return requirements.describe_change(path, old, new)

    def _other_modules(self, now: Basis) -> Iterator[str]:
        if self.modules != now.modules and self._list_of_modules == now._list_of_modules:
            gone = [name for name in self.modules if name not in now.modules]
            new = [name for name in now.modules if name not in self.modules]
            yield "modules changed: " + ", ".join(
                [*(f"+{name}" for name in new), *(f"-{name}" for name in gone)] or ["order"]
            )

    @property
    def _list_of_modules(self) -> tuple[object, ...]:
        listed = (one.fingerprint for one in self.inputs if one.path == self.request.modules_file)
        return (self.request.modules, self.request.module_names, *listed)

    def _other_python(self, now: Basis) -> Iterator[str]:
        if self.python != now.python:
            before, after = self.python.get("version"), now.python.get("version")
            yield f"Python {before} → {after}" if before != after else f"Python {after} was replaced or moved"


def python_identity(interpreter: Interpreter) -> dict[str, Any]:
    """Return what tells ``interpreter`` from another one, as JSON types."""
    return {
        "version": interpreter.version,
        "executable": str(interpreter.executable),
        "prefix": interpreter.base_prefix,
        "signatures": [asdict(one) for one in interpreter.signatures],
    }


# PROJECT/venvs/.vsc-venv/LABEL/NUMBER: which of its parents is the project.
_DEPTH = 3


@dataclass(frozen=True)
class Record:
    """A generation's record: its basis, where it was built, and what came of it."""

    basis: Basis
    generation: Path
    """Where it was built, or lay when it was last seen; one that lies elsewhere now was moved."""
    installed: dict[str, str]
    """Distributions in the environment itself, by normalised name, with versions."""
    provided: dict[str, str] = field(default_factory=dict)
    """Distributions that the modules and the base Python offer."""
    kept: tuple[str, ...] = ()
    """Those of them that the requirements use."""
    created: str = ""
    """When, ISO 8601 in UTC."""

    def drift(self, now: Basis, generation: Path) -> list[str]:
        """Return why the environment in ``generation`` does not answer ``now``; nothing where it does."""
        if self.generation != generation and (tied := _tied_to(self.generation.parents[_DEPTH], generation)):
            return [f"the project was moved here from {self.generation.parents[_DEPTH]}, to which {tied} points"]
        if not (generation / "bin/python").exists():
            return [f"its Python {self.basis.python.get('executable')} is gone"]
        return self.basis.drift(now)

    def save(self, path: Path) -> None:
        """Write the record to ``path``."""
        data = {
            "format": FORMAT,
            "request": self.basis.request.to_json(),
            "inputs": [
                {"path": kept(one.path, self.basis.request.project), "content": os.fsdecode(one.redacted)}
                for one in self.basis.inputs
            ],
            "modules": self.basis.modules,
            "python": self.basis.python,
            "generation": str(self.generation),
            "installed": self.installed,
            "provided": self.provided,
            "kept": self.kept,
            "created": self.created,
        }
        write(path, json.dumps(data, indent=1))


def load(path: Path, venvs: Path) -> Optional[Record]:
    """Return the record in ``path``, or None where there is none that this program understands."""
    try:
        data = read_json(path)
        return _parse(data, venvs) if data["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _parse(data: dict[str, Any], venvs: Path) -> Record:
    basis = Basis(
        request=Request.from_json(data["request"], venvs),
        inputs=tuple(Input(venvs.parent / one["path"], os.fsencode(one["content"])) for one in data["inputs"]),
        modules=tuple(data["modules"]),
        python=dict(data["python"]),
    )
    generation = Path(data["generation"])
    if not generation.is_absolute() or len(generation.parents) <= _DEPTH:
        raise ValueError(generation)
    return Record(
        basis=basis,
        generation=generation,
        installed=dict(data["installed"]),
        provided=dict(data["provided"]),
        kept=tuple(data["kept"]),
        created=str(data["created"]),
    )


def _tied_to(project: Path, generation: Path) -> Optional[str]:
    """Return the name of a file in ``generation`` that leads to where the project was, or None.

    What is built here leads nowhere (venv.py); what the user installed editable or with pip may.
    """
    place = re.compile(re.escape(os.fsencode(project)) + rb"(?![^/'\"\s])")
    leading = ("bin/*", *(f"lib/python3.*/site-packages/{name}" for name in ("*.pth", "*.egg-link", "__editable__*")))
    files = (file for pattern in leading for file in sorted(generation.glob(pattern)) if not file.is_symlink())
    return next((file.name for file in files if file.is_file() and place.search(file.read_bytes())), None)


def _names(value: object, *, in_full: bool = False) -> str:
    if not value:
        return "none"
    values = value if isinstance(value, tuple) else (value,)
    return ", ".join(
        " ".join(one).strip() if isinstance(one, tuple) else str(one if in_full else getattr(one, "name", one))
        for one in values
    )
