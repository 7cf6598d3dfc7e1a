"""Writing a file so that a reader sees the old content or the new one, never a part."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from vscvenv.errors import VscVenvError


def write(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in one step, with the permissions that the umask gives a new file.

    Raises VscVenvError where it cannot be written, naming the path and why; nothing is left behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(text.encode("utf-8", "surrogateescape"))
                os.fchmod(stream.fileno(), 0o666 & ~_umask())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise VscVenvError(
            f"cannot write {path}: {problem.strerror}", "Free some space or quota, or use --venvs DIR."
        ) from problem


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
