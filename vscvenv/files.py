"""Files of ours: a reader sees the old content or the new one, never a part, and nothing but what may be in them."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from vscvenv import signals
from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAKE_ROOM = "Make room there, or set TMPDIR to a directory with room."
"""What to do where a temporary file cannot be written."""


def make_directory(path: Path, remedy: str) -> None:
    """Make the directory ``path`` and those above it, where they are not there yet.

    Raises VscVenvError with the ``remedy`` where none can be in that place, and OSError where we may not make it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, FileNotFoundError, NotADirectoryError) as problem:
        # No such file: an automounter's directory says so of what it does not know.
        raise VscVenvError(f"the directory {path} cannot be made: {problem.strerror}", remedy) from problem


def write(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write ``content`` to ``path`` in one step, with the ``mode`` that the umask leaves of it.

    Only its owner can write it: members of a group that shares a directory replace files, which shows in the owner.

    Raises OSError where it cannot be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with signals.waiting():
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        written = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
                os.fchmod(stream.fileno(), mode & ~umask())
            written.replace(path)
        except BaseException as problem:
            written.unlink(missing_ok=True)
            if isinstance(problem, OSError):
                problem.filename = path
            raise


def link(path: Path, target: Path) -> None:
    """Make ``path`` a link to ``target`` in one step, in place of the link or file that is there.

    Raises OSError where it cannot be made; nothing is left behind.
    """
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with signals.waiting():
        try:
            made.symlink_to(target)
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)


@contextmanager
def temporary_directory(purpose: str, where: Optional[Path] = None) -> Iterator[Path]:
    """Have a directory, in ``where`` or for temporary files, that is gone after the context whatever ends it.

    Raises OSError where it cannot be made.
    """
    directory = None
    try:
        with signals.waiting():
            directory = tempfile.TemporaryDirectory(prefix=f"vsc-venv-{purpose}-", dir=where)
        yield Path(directory.name)
    finally:
        if directory is not None:
            # What cannot be removed, as a file that a network file system keeps, must not hide why the context ended.
            with signals.waiting(), suppress(OSError):
                directory.cleanup()


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in the JSON file ``path``.

    Raises OSError where it cannot be read, and ValueError where it holds something else, or a zero byte, which we never
    write.
    """
    content = path.read_bytes()
    try:
        data = json.loads(content)
    except RecursionError as problem:
        raise ValueError(path) from problem
    if not isinstance(data, dict) or rb"\u0000" in content:
        raise ValueError(path)
    return data


def umask() -> int:
    """Return what permissions are kept from files that are made; there is no way to only look at it (umask(2))."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
