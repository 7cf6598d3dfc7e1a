"""Where a project has its environments, and what those that are there say of what is not typed."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import target, trust
from vscvenv.configured import where_else
from vscvenv.errors import VscVenvError
from vscvenv.generation import Store, require_directory, stores
from vscvenv.messages import note, warn
from vscvenv.request import VENVS
from vscvenv.sharing import as_shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vscvenv.environ import Environ
    from vscvenv.request import Manner, Request
    from vscvenv.target import Label

# What a project's files are mostly called.
_REQUIREMENTS = ("requirements.txt", "pyproject.toml")
_MODULES = "modules.txt"


def find_store(request: Request, environ: Environ, manner: Manner) -> tuple[Label, Store]:
    """Return the label of this node, and where its environments are.

    Raises VscVenvError where there can be none, where this host does not fit, and where others could have changed them.
    """
    require_directory(request.venvs)
    label = find_label(request, environ, force=manner.force)
    store = Store(request.venvs, str(label), request.name)
    trust.require(store.places(), store.venvs)
    return label, store


@contextmanager
def open_store(request: Request, environ: Environ, manner: Manner) -> Iterator[tuple[Label, Store]]:
    """Yield what `find_store` finds, to make something there: where that is the first, it is trusted from then on."""
    label, store = find_store(request, environ, manner)
    is_new = not store.places()
    if is_new and request.requirements and (other := _above(store.venvs, environ)):
        note(f"there are environments in {other} too; {_for_those(other)}")
    with as_shared(store.home.parent):
        yield label, store
    if is_new:
        trust.accept_own(store.places(), store.venvs)


def elsewhere(venvs: Path, environ: Mapping[str, str]) -> Optional[str]:
    """Return where to go, for who is below a project that is configured or has environments; None where nobody is."""
    other = _above(venvs, environ)
    return where_else() or (f"There are environments in {other}; {_for_those(other)}" if other else None)


def _for_those(venvs: Path) -> str:
    return f"for those: cd {shlex.quote(str(venvs.parent))}, or --venvs {shlex.quote(str(venvs))}"


def _above(venvs: Path, environ: Mapping[str, str]) -> Optional[Path]:
    """Return where else, up to home, a project that ``venvs`` lies in has environments; None where it has none."""
    home = Path(os.path.realpath(environ.get("HOME", "/")))
    if venvs.name != VENVS.name:
        return None  # It was said where they are to be.
    within = venvs.parent.relative_to(home).parts if venvs.is_relative_to(home) else venvs.parent.parts[1:]
    above = (one / VENVS for one in [*venvs.parents][1 : len(within)])
    return next((one for one in above if list(stores(one))), None)


def find_label(request: Request, environ: Mapping[str, str], *, force: bool) -> Label:
    """Return the label of this node, and refuse or warn where this host does not fit it."""
    host = target.detect_host()
    built = [one.label for one in stores(request.venvs, request.name) if one.current()]
    label = target.label_among(built, environ, host)
    verdict = target.verdict(label, host)
    if verdict.kind == "unusable" and not force:
        raise VscVenvError(verdict.reason, f"{verdict.hint} Or use it in spite of that: --force")
    if verdict.kind != "fits":
        warn(verdict.reason)
    return label


def complete(request: Request, store: Store, environ: Mapping[str, str]) -> Request:
    """Return ``request`` with what was not typed taken from the request that the environment here was built with."""
    if request.requirements:
        return request
    if latest := store.latest():
        return _completed(request, latest.record.basis.request)
    hint = elsewhere(request.venvs, environ) or f"Make it: {how_to_make(request, environ)}"
    raise VscVenvError(_why_unknown(store), hint)


def _why_unknown(store: Store) -> str:
    """Return why nothing here says what the environment is made of."""
    if not os.path.lexists(store.link):
        return f"there is no environment {store.link} yet"
    if not store.link.is_symlink():
        return f"{store.link} was not made by this program, and does not say what it is made of"
    return f"the record of {store.link} is gone, damaged, or of another version: it does not say what it is made of"


def _completed(request: Request, earlier: Request) -> Request:
    """Return ``request`` with what was not typed taken from the ``earlier`` one, whose files must still be there."""
    completed = request.completed_by(earlier)
    for file in completed.files - request.files:
        if not os.path.lexists(file):
            raise VscVenvError(
                f"the environment here was built from {file}, which is gone",
                "Say what it is to be made of now: --requirements FILE [--modules FILE]",
            )
    return completed


def complete_anywhere(request: Request, environ: Mapping[str, str]) -> Request:
    """Return ``request`` with what was not typed taken from what this node's environment or another was built with."""
    if request.requirements:
        return request
    if earlier := _asked_before(request, environ):
        return _completed(request, earlier)
    hint = elsewhere(request.venvs, environ) or f"Name it: {' '.join(_files_here(request))}"
    raise VscVenvError(f"no environment in {request.venvs} says what to build", hint)


def how_to_make(request: Request, environ: Mapping[str, str]) -> str:
    """Return what to type for an environment: the same as for another label, or the files that are here."""
    earlier = _asked_before(request, environ)
    asked = request.completed_by(earlier) if earlier else request
    files = [] if asked.requirements else _files_here(asked)
    return " ".join(["source vsc-venv --activate", *files, *map(shlex.quote, asked.words(Path.cwd()))])


def _files_here(request: Request) -> Iterator[str]:
    yield "--requirements " + next((one for one in _REQUIREMENTS if Path(one).is_file()), "FILE")
    if request.modules is None:
        yield f"--modules {_MODULES}" if Path(_MODULES).is_file() else "[--modules FILE]"


def _asked_before(request: Request, environ: Mapping[str, str]) -> Optional[Request]:
    """Return what this node's environment of that name was built from, else the one that changed last; None without."""
    built = {store: one for store in stores(request.venvs, request.name) if (one := store.current())}
    own = str(target.label_among([store.label for store in built], environ, target.detect_host()))
    first = max(built, key=lambda store: (store.label == own, store.link.lstat().st_mtime_ns), default=None)
    return built[first].record.basis.request if first else None
