"""Where files go: file systems, what their locks can do, room, quotas and caches."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import lock, table
from vscvenv.doctor.finding import Finding
from vscvenv.errors import VscVenvError
from vscvenv.files import temporary_directory
from vscvenv.process import ProcessError, run
from vscvenv.room import room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.doctor.finding import Case, State
    from vscvenv.environ import Environ

_LIMIT = "5"
"""Seconds that a quota command may take: it asks a server."""
_ELSEWHERE = "Use --venvs DIR on another file system."


@dataclass(frozen=True)
class _Mount:
    kind: str
    options: frozenset[str]


def file_systems(case: Case) -> Iterator[Finding]:
    """Tell whether programs can be written and started where environments, downloads and temporary files go."""
    places = {"environments": case.place, "caches": _existing(case.cache), "temporary": _temporary(case)}
    for what, place in places.items():
        mount = _mount_of(place)
        left = room(place)
        said = f"{place}: {mount.kind}, {table.size(left.size)} free"
        if not os.access(place, os.W_OK):
            state: State = "note" if what == "environments" else "wrong"
            yield Finding(what, state, f"{said}; you cannot write there", _REMEDIES[what])
        elif left.is_short:
            short = f"{said}, room for {left.files} files: too little"
            yield Finding(what, "wrong", short, "Make room, or: " + _REMEDIES[what])
        elif what == "environments" and "noexec" in mount.options:
            yield Finding(what, "wrong", f"{said}; mounted noexec: no program starts there", _ELSEWHERE)
        else:
            yield Finding(what, "ok", said)


def locks(case: Case) -> Iterator[Finding]:
    """Lock something where environments are built, as a build does, and as uv does."""
    if not os.access(case.place, os.W_OK):
        return
    with temporary_directory("doctor", case.place) as directory:
        try:
            with lock.exclusive(directory / "lock", case.environ, limit=5.0):
                pass
        except (OSError, VscVenvError) as problem:
            yield Finding("locks", "wrong", f"{case.place} gives none: {problem}", _ELSEWHERE)
            return
        refused = _flock(directory / "flock")
    if refused:
        yield Finding("locks", "note", f"{case.place}: flock is refused ({refused}), ours work without", "")
    else:
        yield Finding("locks", "ok", f"{case.place}: ours and flock work")


def quotas(case: Case) -> Iterator[Finding]:
    """Ask the quota commands that this node has whether one is used up."""
    # Lustre's marks what is with an asterisk, and fails on other file systems; the other one tells of nothing else.
    lustre = _asked(("lfs", "quota", "-q", "-h", "-u", str(os.geteuid()), str(case.place)), case.base)
    usual = _asked(("quota", "-q", "-w"), case.base)
    for said, over in ((usual, usual), (lustre or None, "*" in (lustre or ""))):
        if said is not None:
            state: State = "wrong" if over else "ok"
            yield Finding(
                "quota", state, " ".join(said.split()) if over else "none is used up", _MAKE_ROOM if over else ""
            )


def cache_places(case: Case) -> Iterator[Finding]:
    """Tell whether downloads land in the home directory, whose quota is small at most sites."""
    home = case.environ.get("HOME")
    if home and Path(os.path.realpath(case.cache)).is_relative_to(os.path.realpath(home)):
        yield Finding("caches", "note", f"{case.cache} is in the home directory, where quotas are small", _CACHE)


def _asked(command: tuple[str, ...], environ: Environ) -> Optional[str]:
    """Return what a quota command says, None where there is none, or it does not answer."""
    try:
        ended = run(("timeout", _LIMIT, *command), env=environ, check=False)
    except ProcessError:
        return None
    # timeout(1): 124 where it took too long, 126 and 127 where it could not be started.
    return None if ended.code in {124, 126, 127} else ended.output.strip()


def _temporary(case: Case) -> Path:
    return _existing(Path(case.environ.get("TMPDIR") or "/tmp"))  # noqa: S108


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.is_dir())


def _mount_of(place: Path) -> _Mount:
    """Return the file system that ``place`` is on, by /proc/self/mountinfo (proc(5))."""
    real = os.path.realpath(place)
    found = _Mount("unknown", frozenset())
    longest = -1
    for line in Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines():
        fields, _, rest = line.partition(" - ")
        words = fields.split()
        point = words[4].replace("\\040", " ")
        if f"{real}/".startswith(f"{point.rstrip('/')}/") and len(point) >= longest:
            longest = len(point)
            found = _Mount(rest.split()[0], frozenset(words[5].split(",")))
    return found


def _flock(file: Path) -> str:
    with file.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            return str(problem.strerror)
    return ""


_CACHE = 'Name a directory with more room: cache = "…" in the configuration, or VSC_VENV_CACHE in your ~/.bashrc.'
_MAKE_ROOM = (
    "Make room, or ask for more quota; 'vsc-venv list' says what environments take, 'vsc-venv clean' removes old ones."
)
_REMEDIES = {
    "environments": _ELSEWHERE,
    "caches": _CACHE,
    "temporary": "Set TMPDIR to a directory with room that you can write to.",
}
