"""Fill an environment with what the requirements ask for and the modules do not provide."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from packaging.utils import canonicalize_name

from vscvenv.engine import abi, closure, explain, provided, stubs, venv
from vscvenv.engine.misfits import misfits
from vscvenv.engine.piptool import Pip
from vscvenv.engine.provided import Provided
from vscvenv.engine.report import Report
from vscvenv.engine.uvtool import Uv
from vscvenv.files import temporary_directory
from vscvenv.messages import note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from packaging.utils import NormalizedName

    from vscvenv.engine.interpreter import Interpreter
    from vscvenv.engine.options import Options

    Distributions = Mapping[NormalizedName, Provided]

log = logging.getLogger(__name__)

# How uv says, where it is to do nothing, that it knows something which it does not have.
_MISSING = "Would download"


@dataclass(frozen=True)
class Job:
    """What is to be installed into the environment ``path``, and how."""

    path: Path
    interpreter: Interpreter
    files: Sequence[Path]
    """What asks for it."""
    environ: Mapping[str, str]
    """The environment variables, with the modules loaded."""
    options: Options
    offered: Distributions
    """What the modules provide, which is kept where it will do."""
    preferred: Distributions = field(default_factory=dict)
    """The versions that come first of what is installed."""
    exact: bool = False
    """The files are installed as they are, and nothing with them, as what a lock file says."""
    names: Sequence[str] = ()
    """The requirements that the files name, for the report."""
    cwd: Path = field(default_factory=Path.cwd)
    """To which paths in the files are relative."""
    show: bool = False
    """The installer's progress goes to standard error."""

    @property
    def directory(self) -> Path:
        """The site-packages of the environment."""
        return venv.site_packages(self.path, self.interpreter)

    @property
    def markers(self) -> dict[str, str]:
        """What markers are evaluated for."""
        return {"python_version": self.interpreter.series, "python_full_version": self.interpreter.version}

    def install(self) -> Report:
        """Do it. Raises VscVenvError where the requirements cannot be met, with the reason."""
        before = self._misfits()
        if self.options.by_pip:
            self._run_pip()
        elif self.files:
            # Else modules have all that is locked.
            self._run_uv()
        return self._report([*sorted(self._misfits() - before), *self._left_broken()])

    def foresee(self) -> dict[str, str]:
        """Return what `install` would put into the environment, while it is empty, with uv, as versions by name."""
        return {name: each.version for name, each in sorted(self._foreseen().items())}

    def _run_uv(self) -> None:
        """Install with uv, to which stubs stand for what modules provide."""
        uv = Uv(self.path, self.environ, self.options)
        present = self._present()
        # What is exact is wanted here, also where a module has it in the same version.
        missing = [] if self.exact else [each for name, each in self.offered.items() if name not in present]
        with stubs.standing(self.directory, missing):
            if self.exact:
                self._take_cached(uv, self.files)
                self._take(uv, self.files)
            else:
                self._resolve(uv)

    def _foreseen(self) -> Distributions:
        """Return what `_run_uv` would install; nothing is."""
        uv = Uv(self.path, self.environ, self.options)
        dropped: set[NormalizedName] = set()
        with stubs.standing(self.directory, self.offered.values()):
            wishes = [each for name, each in self.preferred.items() if name not in self.offered]
            while broken := self._broken(found := self._foretold(uv, wishes), dropped):
                stubs.drop(self.directory, broken.values())
                dropped |= broken.keys()
        return found

    def _foretold(self, uv: Uv, wishes: Sequence[Provided]) -> Distributions:
        with _constraints(wishes) as file:
            ended = uv.install(self.files, constraints=file, cwd=self.cwd, dry_run=True)
        if ended.code != 0 and wishes:
            return self._foretold(uv, ())
        if ended.code != 0:
            raise explain.failure(ended, self.offered)
        found = (line.split()[1].partition("==") for line in ended.messages.splitlines() if line.startswith(" + "))
        names = ((canonicalize_name(name), version) for name, _, version in found)
        return {name: Provided(name, version or "0", str(self.directory)) for name, version in names}

    def _run_pip(self) -> None:
        """Install with pip, and say why where it was not asked for."""
        if self.options.pip_only and self.options.installer != "pip":
            note(f"installing with pip, as uv cannot do this: {', '.join(self.options.pip_only)}")
        stubs.sweep(self.directory)
        pip = Pip(self.path, self.environ, self.options)
        if self.exact:
            # A file with hashes must have them for all, so that each is for itself.
            for file in self.files:
                self._take(pip, [file])
        else:
            wishes = [each for name, each in self.preferred.items() if name not in self.offered]
            self._take_constrained(pip, wishes)
            shadowing = self._shadowing(self._replace_broken(pip))
            present = self._present()
            if any(present[each.name].version != each.version for each in shadowing):
                self._take_constrained(pip, [*wishes, *shadowing])

    def _present(self) -> Distributions:
        """Return what lies in the environment itself, without stubs."""
        found = provided.scan([str(self.directory)])
        return {name: each for name, each in found.items() if not stubs.stands_for(self.directory, each)}

    def _misfits(self) -> set[str]:
        """Return what does not fit together in the environment and the modules under it."""
        return misfits({**self.offered, **self._present()}, self.markers)

    def _left_broken(self) -> list[str]:
        """Return a warning for each distribution that broke what modules compiled for another."""
        return [
            f"{new} may break what modules compiled for another: {', '.join(sorted(map(str, users)))}"
            for new, users in abi.shadowed(self.offered, self._present())
        ]

    def _report(self, warnings: Iterable[str]) -> Report:
        """Return what there is now, by where it comes from."""
        present = self._present()
        kept = self._used(present) - present.keys()
        shadowed = {
            name: (self.offered[name].version, each.version) for name, each in present.items() if name in self.offered
        }
        return Report(
            installed={name: present[name].version for name in sorted(present)},
            kept={name: self.offered[name].version for name in sorted(kept)},
            shadowed=dict(sorted(shadowed.items())),
            warnings=tuple(warnings),
        )

    def _resolve(self, uv: Uv) -> None:
        """Let uv find versions, those that are preferred first, and those that a new numpy needs."""
        there = {*self.offered, *self._present()}
        wishes = [each for name, each in self.preferred.items() if name not in there]
        stubs.add(self.directory, wishes)
        self._take(uv, self.files)
        dropped: set[NormalizedName] = set()
        while broken := self._broken(self._present(), dropped):
            stubs.drop(self.directory, broken.values())
            dropped |= broken.keys()
            self._take(uv, self.files)
        if self.preferred:
            self._take_preferred(uv, wishes, dropped)

    def _take_preferred(self, uv: Uv, wishes: Sequence[Provided], replaced: Collection[NormalizedName]) -> None:
        """Install what uv kept of the ``wishes``, and in the preferred version what shadows something of a module."""
        kept = [each for each in wishes if stubs.stands_for(self.directory, each)]
        stubs.drop(self.directory, kept)
        shadowing = self._shadowing(replaced)
        if not self.options.has_in_files("--hash"):
            self._take_kept(uv, kept)
        self._take_constrained(uv, [*kept, *shadowing])

    def _shadowing(self, replaced: Collection[NormalizedName]) -> list[Provided]:
        """Return what is preferred of what shadows something of a module.

        But what was ``replaced``, as it was compiled for another numpy, stays so where that is preferred, too.
        """
        present = self._present()
        before = {name: replace(each, version=self._before(each)) for name, each in self.offered.items()}
        broken = abi.broken(before, {name: each for name, each in present.items() if name not in replaced})
        names = (before.keys() & present.keys()) - broken.keys()
        return [each for name, each in self.preferred.items() if name in names]

    def _before(self, offered: Provided) -> str:
        """Return the preferred version of what is ``offered``, if there is one."""
        return self.preferred.get(offered.name, offered).version

    def _take_kept(self, uv: Uv, kept: Sequence[Provided]) -> None:
        """Install what is needed of ``kept`` from the cache, if all of it lies there: no index need be asked for it."""
        known = {**self.offered, **self._present(), **{each.name: each for each in kept}}
        needed = closure.needed(self.names, known, self.markers)
        with _constraints([each for each in kept if each.name in needed]) as file:
            if file:
                self._take_cached(uv, [file])

    def _take_cached(self, uv: Uv, exact: Sequence[Path]) -> None:
        """Install what ``exact`` files say if all of it lies in the cache: indexes need not be asked for it then."""
        foretold = uv.install(exact, cwd=self.cwd, exact=True, offline=True, dry_run=True)
        if foretold.code == 0 and _MISSING not in foretold.messages:
            uv.install(exact, cwd=self.cwd, exact=True, offline=True, show=self.show)

    def _take_constrained(self, installer: Uv | Pip, versions: Sequence[Provided]) -> None:
        """Install with these ``versions`` of what is needed, or with others if they do not go together."""
        if not versions:
            return self._take(installer, self.files)
        with _constraints(versions) as file:
            try:
                return self._take(installer, self.files, constraints=file)
            except explain.UnresolvableError as problem:
                others = [each for each in versions if not explain.is_named(each.name, problem.message)]
                log.debug("the preferred versions do not go together here: %s", problem.message)
        return self._take_constrained(installer, others if len(others) < len(versions) else [])

    def _take(self, installer: Uv | Pip, files: Sequence[Path], constraints: Optional[Path] = None) -> None:
        ended = installer.install(files, constraints=constraints, cwd=self.cwd, show=self.show, exact=self.exact)
        if ended.code != 0:
            raise explain.failure(ended, self.offered)

    def _replace_broken(self, pip: Pip) -> Collection[NormalizedName]:
        """Have pip install other versions of what a new numpy breaks, and return the names of that.

        By itself it keeps a module's, which it takes for good.
        """
        tried: dict[NormalizedName, Provided] = {}
        while broken := self._needed_broken(tried):
            tried |= broken
            with temporary_directory("broken") as directory:
                file = directory / "broken.txt"
                file.write_text("".join(f"{each.name}!={each.version}\n" for each in tried.values()), encoding="utf-8")
                try:
                    self._take(pip, [*self.files, file])
                except explain.UnresolvableError as problem:
                    log.debug("no other versions of what is broken can be had: %s", problem.message)
        return tried

    def _needed_broken(self, known: Iterable[NormalizedName]) -> dict[NormalizedName, Provided]:
        present = self._present()
        used = self._used(present)
        return {name: each for name, each in self._broken(present, known).items() if name in used}

    def _broken(self, present: Distributions, known: Iterable[NormalizedName]) -> dict[NormalizedName, Provided]:
        """Return what ``present`` breaks of what modules provide, but for what is ``known`` already."""
        return {name: each for name, each in abi.broken(self.offered, present).items() if name not in known}

    def _used(self, present: Distributions) -> set[NormalizedName]:
        """Return the names of what the requirements need, wherever it comes from."""
        return closure.needed([*self.names, *present], {**self.offered, **present}, self.markers)


@contextmanager
def _constraints(versions: Sequence[Provided]) -> Iterator[Optional[Path]]:
    """Yield a file of constraints that asks for these ``versions``; None for none."""
    if not versions:
        yield None
        return
    with temporary_directory("preferred") as directory:
        file = directory / "preferred.txt"
        file.write_text("".join(f"{each.name}=={each.version}\n" for each in versions), encoding="utf-8")
        yield file
