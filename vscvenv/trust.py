"""Whose environments may run in the user's shell: their own, root's, and those that they accepted.

As git's safe.directory: what belongs to somebody else, or what others can write, is refused until the user says
otherwise; what they said is kept outside the project.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import platformdirs

from vscvenv import configured
from vscvenv.errors import VscVenvError
from vscvenv.files import write
from vscvenv.messages import note, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def require(places: Iterable[Path], venvs: Path) -> None:
    """Raise VscVenvError where one of ``places``, parts of ``venvs``, is not to be trusted; places may be missing."""
    reason = next(filter(None, map(why_not, places)), None)
    if reason and {*accepted(), *_of_site()}.isdisjoint((venvs.resolve(), *venvs.resolve().parents)):
        raise VscVenvError(
            f"{reason}; what it holds would run in your shell",
            f"If you trust whoever can write there: vsc-venv trust '{venvs}'",
        )


def accept_own(places: Iterable[Path], venvs: Path) -> None:
    """Accept what the user has just made in a place that they share, and say so: a group's project, a umask of 002."""
    if reason := next(filter(None, map(why_not, places)), None):
        accept(venvs)
        note(f"{reason}: trusted from now on, as you made it yourself")


def why_not(place: Path) -> Optional[str]:
    """Return why ``place`` is not to be trusted without being asked, or None."""
    try:
        status = place.stat()
    except FileNotFoundError:
        return None
    if status.st_uid not in {os.geteuid(), 0}:
        return f"{place} belongs to {_user(status.st_uid)}"
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        return f"{place} can be written by everybody"
    if status.st_mode & stat.S_IWGRP and not _is_private(status.st_gid):
        return f"{place} can be written by the group {_group(status.st_gid)}"
    return None


def accepted() -> set[Path]:
    """Return the directories that the user accepted."""
    try:
        lines = _file().read_text(encoding="utf-8", errors="surrogateescape").split("\0")
    except OSError:
        return set()
    return {Path(line) for line in lines if line}


def _of_site() -> Iterator[Path]:
    """Yield the directories that the site accepts for its users: only root's word counts."""
    for one in configured.read_sites(os.environ):
        status = one.given.path.stat()
        if status.st_uid == 0 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            yield from (directory.resolve() for directory in one.trust)
        elif one.trust:
            warn(f"{one.given.path}: 'trust' counts only where nobody but root can write the file")


def accept(directory: Path) -> None:
    """Remember that the user trusts whoever can write below ``directory``. Raises OSError where that cannot be kept."""
    write(_file(), "".join(f"{path}\0" for path in sorted({*accepted(), directory.resolve()})))


def _file() -> Path:
    return Path(platformdirs.user_config_dir("vsc-venv")) / "trusted"


def _is_private(group: int) -> bool:
    """Tell whether ``group`` is the user's own, with no other member, as many systems give each user one."""
    try:
        found, user = grp.getgrgid(group), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return user.pw_gid == group and found.gr_name == user.pw_name and set(found.gr_mem) <= {user.pw_name}


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"{number}"
