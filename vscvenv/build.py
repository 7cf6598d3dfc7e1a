"""A new generation: built aside, checked, recorded; the caller publishes it."""

from __future__ import annotations

import logging
import shutil
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Optional

from vscvenv import pinned, siblings
from vscvenv.engine import byhand, caches, explain, install, provided, venv
from vscvenv.engine.importcheck import absent, check_imports
from vscvenv.errors import VscVenvError
from vscvenv.files import temporary_directory
from vscvenv.generation import RECORD, Generation
from vscvenv.messages import note, warn
from vscvenv.moduletool import loaded_names
from vscvenv.record import Record
from vscvenv.room import why_short
from vscvenv.sharing import is_shared, open_to_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from packaging.utils import NormalizedName

    from vscvenv.engine.install import Distributions
    from vscvenv.engine.interpreter import Interpreter
    from vscvenv.engine.options import Options
    from vscvenv.engine.report import Report
    from vscvenv.environ import Environ
    from vscvenv.generation import Store
    from vscvenv.reading.pylock import LockFile
    from vscvenv.reading.requirements import Requirements
    from vscvenv.record import Basis
    from vscvenv.siblings import Preferred

_SHOWN = 5


@dataclass(frozen=True)
class Plan:
    """All that a build needs to know."""

    basis: Basis
    wanted: Requirements
    interpreter: Interpreter
    environ: Environ
    """The environment with the modules loaded, without the user's own PYTHONPATH."""
    options: Options
    exact: bool
    """Do not keep what was installed by hand."""
    locked: Optional[LockFile] = None
    """What to install in place of what is wanted."""
    preferred: Optional[Preferred] = None
    """Versions that come first; None: those of the other environments of this project."""

    @property
    def all_options(self) -> Options:
        """The options with what the requirements files themselves ask of the installer."""
        in_files = tuple((option.name, option.value) for option in self.wanted.options)
        in_files += (("--hash", ""),) if any(" --hash" in item.text for item in self.wanted.items) else ()
        local = tuple(item.name or "" for item in self.wanted.items if item.files)
        return replace(self.options, pip_only=tuple(map(str, self.wanted.pip_only)), in_files=in_files, local=local)

    @property
    def option_lines(self) -> list[str]:
        """The options in the requirements files, for a file with what was found instead of what is wanted.

        What was installed from a directory or a repository has no hash to require.
        """
        return [line for line in self.wanted.option_lines if line != "--require-hashes"]

    def require_passwords(self) -> None:
        """Raise VscVenvError where a URL had a password when it was given, earlier."""
        if self.options.forgotten:
            raise VscVenvError(
                f"the password in {self.options.forgotten} is not known any more, as no record keeps it",
                "Give --index-url, --extra-index-url and --find-links again, or put the password into ~/.netrc.",
            )

    def job(
        self,
        path: Path,
        files: Sequence[Path],
        offered: Distributions,
        preferred: Optional[Distributions] = None,
        *,
        exact: bool = False,
    ) -> install.Job:
        """Return what installs what ``files`` ask for into the environment ``path``."""
        return install.Job(
            path=path,
            interpreter=self.interpreter,
            files=files,
            environ=self.environ,
            options=self.all_options,
            offered=offered,
            preferred=preferred or {},
            exact=exact,
            names=self.wanted.names,
            show=sys.stderr.isatty(),
        )


def build(store: Store, plan: Plan) -> Generation:
    """Return a new complete generation, not yet published. The lock is held.

    Whatever goes wrong, an interrupt included, the directory is gone again and the log stays. Raises VscVenvError.
    """
    started = time.monotonic()
    plan.require_passwords()
    path = store.begin()
    try:
        if problem := why_short(path.parent):
            warn(problem)
        if caches.lies_at_home(plan.options, plan.environ) and loaded_names(plan.environ):
            note(f"downloads go to {caches.default(plan.environ)}, for want of a scratch directory; see --cache")
        plan = plan if plan.preferred else replace(plan, preferred=siblings.find(store, plan.basis))
        with _logged(store.home / "log" / f"{path.name}.log"):
            report, offered = _make(path, store, plan)
        record = Record(
            basis=plan.basis,
            generation=path,
            installed=report.installed,
            provided={name: one.version for name, one in sorted(offered.items())},
            kept=tuple(report.kept),
            created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )
        record.save(path / RECORD)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    done = report.summary(time.monotonic() - started, has_modules=bool(plan.basis.modules))
    note(f"{store.name}: {done} (Python {plan.interpreter.version})")
    return Generation(path, record, is_new=True)


def _make(path: Path, store: Store, plan: Plan) -> tuple[Report, Distributions]:
    """Fill the new environment ``path``, and return what was installed there and what the modules offer to it."""
    venv.create(path, plan.interpreter, plan.environ, plan.all_options, prompt=store.name)
    offered = provided.scan(plan.interpreter.sys_path)
    with temporary_directory("requirements") as directory:
        report = _fill(path, store, plan, offered, directory)
        more = () if plan.exact else _keep_by_hand(path, store, plan, offered, directory)
    missing = () if plan.locked else absent(plan.wanted.named, {*report.installed, *offered}, plan.interpreter)
    for warning in dict.fromkeys([*report.warnings, *more, *missing]):
        warn(warning)
    if is_shared(path):
        venv.make_pycache(path)
        open_to_group(path)
    byhand.remind(path, plan.basis.modules)
    byhand.hold(path, offered, provided.scan([str(venv.site_packages(path, plan.interpreter))]))
    for unexpected in check_imports(path, plan.interpreter, plan.environ):
        warn(unexpected)
    if not (path / "bin/python").exists():
        raise VscVenvError(f"{path} was removed while it was built", "Another host took this one for dead; try again.")
    return report, offered


@contextmanager
def temporary(store: Store, plan: Plan) -> Iterator[Generation]:
    """Yield a generation that is never published, and gone at the end. The lock is held. Raises VscVenvError."""
    generation = build(store, plan)
    try:
        yield generation
    finally:
        shutil.rmtree(generation.path, ignore_errors=True)


def _fill(path: Path, store: Store, plan: Plan, offered: Distributions, directory: Path) -> Report:
    """Install what the lock file says, else what the requirements ask for, with the versions that are preferred."""
    if plan.locked:
        chosen = pinned.choose(plan.locked, store.label, plan.interpreter, plan.basis.request, offered)
        files = pinned.files(chosen, plan.option_lines, plan.locked.given.path.parent, directory)
        note(f"versions as in {plan.locked.name}")
        return _install(plan.job(path, files, offered, exact=True), plan.wanted)
    preferred = plan.preferred or siblings.NOTHING
    files = [*plan.wanted.files(directory)]
    job = plan.job(path, files, preferred.over(offered), preferred.distributions)
    report = _install(job, plan.wanted)
    if preferred.source and preferred.decided(report.installed, plan.wanted):
        note(f"versions as in {preferred.source}")
    return report


def _install(job: install.Job, wanted: Requirements) -> Report:
    """Do ``job``; where it fails, name the lines of what is ``wanted``."""
    try:
        return job.install()
    except explain.UnresolvableError as failed:
        failed.hint = "\n".join(filter(None, [failed.hint, *_asking_lines(wanted, failed.message)])) or None
        raise


def _asking_lines(wanted: Requirements, message: str) -> list[str]:
    """Return the lines of the requirements files that ask for what an installer's ``message`` names."""
    named = (item for item in wanted.items if item.name and explain.is_named(item.name, message))
    return [f"{item.where} asks for it: {item.text}" for item in named][:_SHOWN]


def _keep_by_hand(path: Path, store: Store, plan: Plan, offered: Distributions, directory: Path) -> Sequence[str]:
    """Install what the user added to the current generation with pip, where it goes with what is asked for now.

    Returns what there is to warn of.
    """
    present = provided.scan([str(venv.site_packages(path, plan.interpreter))])
    locked = plan.locked.versions if plan.locked else {}
    added = {name: line for name, line in by_hand(store).items() if name not in present and name not in locked}
    if not added:
        return ()
    file = directory / "by-hand.txt"
    file.write_text("".join(f"{line}\n" for line in added.values()), encoding="utf-8")
    # What a lock file says is not to be moved by what else is wanted: what was added is all in this file.
    files = (file,) if plan.locked else (*plan.wanted.files(directory), file)
    try:
        report = _install(plan.job(path, files, offered, exact=plan.locked is not None), plan.wanted)
    except VscVenvError as problem:
        return (
            f"installed by hand, but does not fit any more and is left out: {', '.join(added)} ({problem.message})",
        )
    note(f"kept what was installed by hand: {', '.join(added.values())} (--exact drops it)")
    return report.warnings


def by_hand(store: Store) -> dict[NormalizedName, str]:
    """Return what was installed into the current generation since it was built, as requirements by name."""
    current = store.current()
    if current is None:
        return {}
    found = provided.scan(map(str, venv.site_packages_of(current.path)))
    known = current.record.installed
    return {name: f"{name}=={one.version}" for name, one in sorted(found.items()) if known.get(name) != one.version}


class _Log(logging.FileHandler):
    """A log that a full disk cuts short, without hiding what the build itself says about it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Let the line go."""


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Write what happens to the log ``path``, and name it where something fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = _Log(path, mode="w", encoding="utf-8", errors="replace")
    logger = logging.getLogger("vscvenv")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    try:
        yield
    except VscVenvError as failed:
        failed.hint = f"{failed.hint or ''}\n  The log: {path}".strip()
        raise
    finally:
        logger.removeHandler(handler)
        with suppress(OSError):
            handler.close()
