"""Jupyter kernels that run in a project's environment, on whatever node they are started."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from vscvenv.errors import VscVenvError
from vscvenv.files import make_directory, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MARK = "vsc-venv"
"""The key in a kernelspec's metadata that tells ours from others."""
# The request is one of the project's directory; the kernel runs where Jupyter was asked for it.
_START = """#!/bin/bash -p
# Written by vsc-venv: starts a kernel in the environment that a project has for this node.
here=$PWD
if ! cd {directory} 2>/dev/null; then
    printf '%s\n' {gone} >&2
    exit 1
fi
exec {command} /bin/sh -c {inside} sh "$here" "$@"
"""
# Python says of a kernel's module that it is missing, and neither what to install nor where.
_INSIDE = """\
python -c 'import sys
sys.path[:] = filter(None, sys.path)
from importlib.util import find_spec
sys.exit(find_spec("ipykernel_launcher") is None)' || {
    echo "vsc-venv: error: ${VIRTUAL_ENV_PROMPT-this environment} has no ipykernel" >&2
    echo "vsc-venv: Add it to the requirements in $PWD" >&2
    exit 1
}
cd "$1" && shift && exec python -m ipykernel_launcher "$@"
"""
_GONE = """\
vsc-venv: error: the project of the kernel {name} is no longer in {project}
vsc-venv: Where it is now: vsc-venv kernel install --kernel-name {name}; or: vsc-venv kernel remove {name}"""
_ANOTHER_NAME = "Choose another name: --kernel-name NAME"


@dataclass(frozen=True)
class Kernel:
    """A kernelspec of ours: its name, what people see, and the project."""

    name: str
    display_name: str
    project: str

    @property
    def is_there(self) -> bool:
        """Whether the project is still where it was."""
        return Path(self.project).is_dir()

    @property
    def where(self) -> str:
        """The project, for people."""
        return self.project if self.is_there else f"{self.project} (gone)"


def home(environ: Mapping[str, str]) -> Path:
    """Return where Jupyter looks for the kernelspecs of this user (jupyter_core.paths.jupyter_data_dir)."""
    if environ.get("JUPYTER_DATA_DIR"):
        return Path(environ["JUPYTER_DATA_DIR"]) / "kernels"
    data = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".local/share")
    return Path(data) / "jupyter" / "kernels"


def place_for(kernels: Path, kernel: Kernel) -> Path:
    """Return the directory for ``kernel``. Raises VscVenvError where the kernel of that name is not this project's."""
    place = kernels / _checked_name(kernel.name)
    earlier = _ours(place)
    if place.exists() and earlier is None:
        raise VscVenvError(f"{place} is a kernel that vsc-venv did not make", _ANOTHER_NAME)
    if earlier and earlier.is_there and os.path.realpath(earlier.project) != os.path.realpath(kernel.project):
        raise VscVenvError(f"the kernel {kernel.name} is there already, for {earlier.project}", _ANOTHER_NAME)
    return place


def install(place: Path, kernel: Kernel, run: Sequence[str]) -> None:
    """Write the kernelspec to ``place``; it starts by ``run``, the words of `vsc-venv run`, in its project."""
    make_directory(place, "Set JUPYTER_DATA_DIR to another place.")
    start = place / "start"
    gone = _GONE.format(name=kernel.name, project=kernel.project)
    words = {"directory": kernel.project, "gone": gone, "inside": _INSIDE}
    quoted = {name: shlex.quote(word) for name, word in words.items()}
    write(start, _START.format(**quoted, command=shlex.join(run)), 0o755)
    write(place / "kernel.json", json.dumps(_spec(kernel, start), indent=1))


def _spec(kernel: Kernel, start: Path) -> dict[str, Any]:
    """Return the kernelspec (jupyter-client.readthedocs.io: kernel specs); _ours reads it."""
    return {
        "argv": [str(start), "-f", "{connection_file}"],
        "display_name": kernel.display_name,
        "language": "python",
        "metadata": {"debugger": True, _MARK: {"project": kernel.project}},
    }


def installed(kernels: Path) -> Iterator[Kernel]:
    """Yield our kernels, by name."""
    for place in sorted(kernels.glob("*")):
        if found := _ours(place):
            yield found


def remove(kernels: Path, name: str) -> None:
    """Remove our kernel ``name``. Raises VscVenvError where there is none."""
    place = kernels / _checked_name(name)
    if _ours(place) is None:
        raise VscVenvError(f"vsc-venv made no kernel {name}", "See: vsc-venv kernel list")
    shutil.rmtree(place)


def default_name(title: str) -> str:
    """Return a name for the kernel with the ``title`` that Jupyter accepts."""
    return re.sub(r"[^a-z0-9._-]+", "-", title.lower()).strip("-.") or _MARK


def _checked_name(name: str) -> str:
    """Return ``name``. Raises VscVenvError where Jupyter would not take it (jupyter_client.kernelspec), or hide it."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise VscVenvError(f"{name!r} cannot name a kernel", "Letters, digits and any of . _ - can.")
    return name


def _ours(place: Path) -> Optional[Kernel]:
    """Return the kernel in ``place``; None where there is none of ours."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        spec: dict[str, Any] = json.loads((place / "kernel.json").read_bytes())
        return Kernel(place.name, str(spec["display_name"]), str(spec["metadata"][_MARK]["project"]))
    return None
