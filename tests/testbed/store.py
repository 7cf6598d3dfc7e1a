"""Where the testbed lies on this machine, and how a part of it is built once whoever asks first.

Below ``$VSC_VENV_TESTBED`` (default ``/var/tmp/vsc-venv-testbed-UID``): ``cache/`` is shared by all builds, and one
directory per content of the builder's source holds a testbed. Prefixes bake in their own path, so a part is built where
it stays; it counts only when its marker, published last by rename, says so, and a half-built one is begun anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from vscvenv.process import Completed, ProcessError, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_HERE = Path(__file__).resolve().parent
# They drive or feed what was built; a change in them needs no new testbed.
_NOT_BUILDERS = {
    "__init__.py",
    "shells.py",
    "slurm.py",
    "slurmdb.py",
    "state.py",
    "terminal.py",
    "wheels.py",
    "backend.py",
}


class TestbedError(Exception):
    """The testbed cannot be built here; the message says what is missing."""

    __test__ = False


def base() -> Path:
    """Return the directory of every testbed of this user on this machine."""
    return Path(os.environ.get("VSC_VENV_TESTBED") or f"/var/tmp/vsc-venv-testbed-{os.getuid()}").resolve()


def shared_cache(name: str) -> Path:
    """Return the shared download cache ``name`` (``uv``, ``pip``)."""
    return base() / "cache" / name


@cache
def root() -> Path:
    """Return the directory of the testbed that this source builds."""
    return base() / _digest()


def _digest() -> str:
    digest = hashlib.sha256()
    for file in sorted(_HERE.rglob("*.py")):
        if file.name not in _NOT_BUILDERS:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def part(name: str, build: Callable[[Path], None]) -> Path:
    """Return the directory of part ``name`` (``software/Python/3.11.7``), built by ``build`` unless it was before."""
    directory, marker = root() / name, root() / ".parts" / name.replace("/", "%")
    if marker.exists():
        return directory
    marker.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{marker}.lock"):
        if not marker.exists():
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
            build(directory)
            publish(marker, "")
    return directory


def publish(file: Path, text: str) -> None:
    """Write ``file`` so that nobody ever sees half of it; one that holds ``text`` already, and its directory, stay."""
    if file.is_file() and file.read_text("utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_text(text, "utf-8")
    aside.replace(file)


def program(name: str, package: str) -> str:
    """Return the path of ``name``. Raises TestbedError naming the apt ``package`` where it is missing."""
    found = shutil.which(name)
    if found is None:
        raise TestbedError(f"the tests need `{name}`: apt-get install {package} (see tests/testbed/apt-packages.txt)")
    return found


def call(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path | None = None) -> Completed:
    """Run a step of the build. Raises TestbedError with all that it printed."""
    try:
        return run(command, env=env, cwd=cwd)
    except ProcessError as problem:
        ended = problem.completed
        raise TestbedError(f"{' '.join(ended.command)}: {problem}\n{ended.output}{ended.messages}") from problem
