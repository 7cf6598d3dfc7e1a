"""Jupyter kernels that run in a project's environment, on whatever node they are started."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from vscvenv.errors import VscVenvError
from vscvenv.files import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MARK = "vsc-venv"
"""The key in a kernelspec's metadata that tells ours from others."""
# The request is one of the project's directory; the kernel runs where Jupyter was asked for it.
_START = """#!/bin/bash -p
# Written by vsc-venv: starts a kernel in the environment that a project has for this node.
here=$PWD
cd {directory} || exit
exec {command} /bin/sh -c 'cd "$1" && shift && exec python -m ipykernel_launcher "$@"' sh "$here" "$@"
"""


@dataclass(frozen=True)
class Kernel:
    """A kernelspec of ours: its name, what people see, and the project."""

    name: str
    display_name: str
    project: str


def home(environ: Mapping[str, str]) -> Path:
    """Return where Jupyter looks for the kernelspecs of this user (jupyter_core.paths.jupyter_data_dir)."""
    if environ.get("JUPYTER_DATA_DIR"):
        return Path(environ["JUPYTER_DATA_DIR"]) / "kernels"
    data = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".local/share")
    return Path(data) / "jupyter" / "kernels"


def install(kernels: Path, kernel: Kernel, here: Path, run: Sequence[str]) -> Path:
    """Write the kernelspec, which starts by ``run`` (the words of `vsc-venv run`) in ``here``; return its directory.

    Raises VscVenvError where a kernelspec of that name is somebody else's.
    """
    place = kernels / checked_name(kernel.name)
    if place.exists() and _ours(place) is None:
        raise VscVenvError(f"{place} is a kernel that vsc-venv did not make", "Choose another name: --kernel-name NAME")
    start = place / "start"
    text = _START.format(directory=shlex.quote(str(here)), command=shlex.join(run))
    write(start, text, 0o755)
    write(place / "kernel.json", json.dumps(_spec(kernel, start), indent=1))
    return place


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
    place = kernels / checked_name(name)
    if _ours(place) is None:
        raise VscVenvError(f"vsc-venv made no kernel {name}", "See: vsc-venv kernel list")
    shutil.rmtree(place)


def default_name(title: str) -> str:
    """Return a name for the kernel with the ``title`` that Jupyter accepts."""
    return re.sub(r"[^a-z0-9._-]+", "-", title.lower()).strip("-.") or _MARK


def checked_name(name: str) -> str:
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
