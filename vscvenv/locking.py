"""Lock files made: what a build for the requirements consists of, with hashes, for every platform."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from packaging.utils import canonicalize_name

from vscvenv import held
from vscvenv.build import temporary
from vscvenv.engine import explain
from vscvenv.engine.freeze import freeze
from vscvenv.engine.uvtool import Uv
from vscvenv.engine.venv import site_packages
from vscvenv.errors import InputError, UsageError, VscVenvError
from vscvenv.files import temporary_directory, write
from vscvenv.messages import note, warn
from vscvenv.reading import pylock
from vscvenv.reading.inputs import Input, describe_change
from vscvenv.siblings import NOTHING, Preferred, of_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.utils import NormalizedName

    from vscvenv.build import Plan
    from vscvenv.generation import Generation, Store
    from vscvenv.reading.pylock import LockFile, Offer
    from vscvenv.record import Record

_HEADER = "# Written by 'vsc-venv lock': renew it with that rather than by hand.\n"
_PASSWORD = re.compile(r"(?<=://)[^/\s\"'@]*:?[^/\s\"']*@(?=[^/\s\"']+)")


@dataclass(frozen=True)
class Upgrade:
    """Which versions to look for anew: all, or those of these distributions."""

    all: bool = False
    names: frozenset[str] = frozenset()


def make(store: Store, plan: Plan, path: Path, upgrade: Upgrade) -> LockFile:
    """Write the lock file ``path`` for ``plan`` and return it. The lock is held.

    An environment is built for it, since only a build knows what modules provide, and thrown away. The versions of an
    earlier lock file stay where the requirements still allow them, unless ``upgrade`` names them. Raises VscVenvError.
    """
    earlier = read_earlier(path)
    plan = replace(plan, locked=None, exact=True, preferred=_preferred(earlier, plan, upgrade))
    asked = pylock.lines(plan.wanted)
    if earlier and not upgrade.all:
        plan = replace(plan, wanted=held.at_commits(plan.wanted, earlier, upgrade.names))
    with temporary(store, plan) as generation:
        text = render(store, plan, generation, path, asked=asked, earlier=earlier)
    made = pylock.parse(Input(path, text.encode()))
    try:
        # Where it is a link, what it leads to is meant.
        write(Path(os.path.realpath(path)), text)
    except OSError as problem:
        raise VscVenvError(f"{path} cannot be written: {problem.strerror}", f"See: ls -ld '{path.parent}'") from problem
    _report(earlier, made)
    return made


def read_earlier(path: Path) -> Optional[LockFile]:
    """Return the lock file that is there; None where there is none, or one that cannot be used, with a warning."""
    try:
        return pylock.read(path, {}, path.parent)
    except InputError as problem:
        warn(f"{problem.message}; it is written anew")
        return None


def _preferred(earlier: Optional[LockFile], plan: Plan, upgrade: Upgrade) -> Optional[Preferred]:
    """Return which versions to keep; None where other environments of this project tell."""
    if upgrade.all:
        return NOTHING
    if earlier is None:
        return plan.preferred
    if unknown := upgrade.names - earlier.versions.keys():
        raise UsageError(
            f"{', '.join(sorted(unknown))}: not in {earlier.name}", "What is new is locked without --upgrade."
        )
    kept = {name: version for name, version in earlier.versions.items() if name not in upgrade.names}
    return of_versions(earlier.name, kept, plan.wanted)


def render(
    store: Store,
    plan: Plan,
    generation: Generation,
    path: Path,
    *,
    asked: Sequence[str] = (),
    earlier: Optional[LockFile] = None,
) -> str:
    """Return the text of the lock file ``path`` for what ``generation`` was built with, and was ``asked`` for.

    Hashes come from the index.
    """
    record = generation.record
    local = freeze(site_packages(generation.path, plan.interpreter), path.parent)
    of_modules = {canonicalize_name(name): record.provided[name] for name in record.kept}
    uv = Uv(generation.path, plan.environ, plan.all_options)
    with temporary_directory("lock") as directory:
        compiled = _Compiler(uv, plan, path.parent, directory).run(local, of_modules)
    ours = _Ours(
        requirements=asked,
        offers=(pylock.Offer(store.label, plan.interpreter.series, of_modules), *_others(store, record, plan, earlier)),
    )
    return f"{_HEADER}{_cleaned(compiled)}\n{ours.toml()}"


def _others(store: Store, record: Record, plan: Plan, earlier: Optional[LockFile]) -> Iterator[Offer]:
    """Yield what the earlier lock file says of other labels and Pythons, where it is still of interest."""
    needed = {*record.installed, *record.kept}
    for one in earlier.offers if earlier else ():
        if (one.label, one.python) != (store.label, plan.interpreter.series):
            yield replace(one, versions={name: version for name, version in one.versions.items() if name in needed})


def _cleaned(text: str) -> str:
    """Return what uv wrote, as ours, without the passwords of indexes and without markers that always hold."""
    oldest = re.search(r'^requires-python = ">=([\d.]+)', text, re.MULTILINE)
    if oldest:
        text = text.replace(f"marker = \"python_full_version >= '{oldest[1]}'\"\n", "")
    return _PASSWORD.sub("", text).replace('created-by = "uv"', f'created-by = "{pylock.TOOL}"', 1).rstrip() + "\n"


@dataclass(frozen=True)
class _Compiler:
    """Has uv find files and hashes of what was installed, and what other Pythons and platforms need beside it."""

    uv: Uv
    plan: Plan
    base: Path
    directory: Path

    def run(self, local: Sequence[str], of_modules: Mapping[NormalizedName, str]) -> str:
        """Return a lock file for the ``local`` lines, and for the versions that modules provide as far as an index can.

        Raises VscVenvError where something cannot be found that no module provides.
        """
        lines, missing = self._lines(local, dict(of_modules))
        file, names = self._write("all.txt", lines), self._write("missing.txt", missing)
        for without in (names, None):
            # Some need a certain patch release, and then the lock file does.
            for python in (self.plan.interpreter.series, self.plan.interpreter.version):
                done = self.uv.lock(file, python, cwd=self.base, without=without)
                if done.code == 0:
                    return done.output if without else self._for_this_series(done.output)
        raise explain.failure(done, {})

    def _for_this_series(self, text: str) -> str:
        """Return the lock file ``text`` for no newer Python."""
        major, minor = self.plan.interpreter.series.split(".")
        note(f"the lock file is for Python {major}.{minor} only: what is installed here does not go with newer ones")
        newer = f"<{major}.{int(minor) + 1}"
        return re.sub(r'^(requires-python = ".*)"$', rf'\1,{newer}"', text, count=1, flags=re.MULTILINE)

    def _lines(self, local: Sequence[str], of_modules: dict[NormalizedName, str]) -> tuple[list[str], list[str]]:
        """Return the lines of what can be had from an index or from a place, and the names that only modules have."""
        missing: list[str] = []
        while True:
            left = {name: version for name, version in of_modules.items() if name not in missing}
            lines = [*self.plan.option_lines, *local, *(f"{name}=={each}" for name, each in left.items())]
            done = self.uv.lock(self._write("here.txt", lines), self.plan.interpreter.version, cwd=self.base)
            if done.code == 0:
                return lines, missing
            failed = explain.failure(done, {})
            named = [name for name in left if explain.is_named(name, done.messages)]
            if not named or not isinstance(failed, explain.UnresolvableError):
                raise failed
            missing += named

    def _write(self, name: str, lines: Iterable[str]) -> Path:
        write(self.directory / name, "".join(f"{line}\n" for line in lines))
        return self.directory / name


@dataclass(frozen=True)
class _Ours:
    """What a lock file says below [tool.vsc-venv]."""

    requirements: Sequence[str]
    offers: Sequence[Offer]

    def toml(self) -> str:
        """Return it as TOML."""
        parts = [f"[tool.{pylock.TOOL}]\n{_array('requirements', self.requirements)}"]
        for offer in sorted(self.offers, key=lambda one: (one.label, one.python)):
            distributions = "".join(
                f"{name} = {_string(version)}\n" for name, version in sorted(offer.versions.items())
            )
            parts.append(
                f"[[tool.{pylock.TOOL}.provided]]\nlabel = {_string(offer.label)}\npython = {_string(offer.python)}\n\n"
                f"[tool.{pylock.TOOL}.provided.distributions]\n{distributions}"
            )
        return "\n".join(parts)


def _array(name: str, values: Sequence[str]) -> str:
    return "\n".join([f"{name} = [", *(f"    {_string(value)}," for value in values), "]", ""])


def _string(value: str) -> str:
    """Return ``value`` as a TOML basic string, whose escapes are those of JSON."""
    return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def _report(earlier: Optional[LockFile], made: LockFile) -> None:
    path, count = made.given.path, len(made.lock.packages)
    only = sorted({name for offer in made.offers for name in offer.versions} - {one.name for one in made.lock.packages})
    of_modules = f"; only modules have {', '.join(only)}" if only else ""
    note(f"{path.name}: {count} distribution{'' if count == 1 else 's'} locked{of_modules}")
    with suppress(InputError):
        old = pylock.entries(path, earlier.given.content) if earlier else {}
        new = pylock.entries(path, made.given.content)
        if earlier and old != new:
            note(describe_change(path, old, new))
