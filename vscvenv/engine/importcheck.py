"""Whether what was installed is what an import finds."""

from __future__ import annotations

import json
import os
from importlib import metadata
from typing import TYPE_CHECKING

from vscvenv.engine import venv
from vscvenv.process import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path, PurePath

    from vscvenv.engine.interpreter import Interpreter

_MARK = "vsc-venv-imports:"

# Looks where top-level names would be imported from; nothing is imported, so nothing heavy can start.
_LOOK = r"""
import importlib.util, json, sys
origins = {}
for name in json.loads(sys.argv[2]):
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        spec = None
    places = [] if spec is None else [spec.origin] + list(spec.submodule_search_locations or [])
    origins[name] = [place for place in places if place and place.startswith("/")]
print("\n" + sys.argv[1] + json.dumps(origins))
"""


def check_imports(path: Path, interpreter: Interpreter, environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each module of the environment ``path`` that would be imported from elsewhere.

    ``environ`` is the module environment. The standard library comes first on purpose, so it is not elsewhere.
    """
    owners = _top_levels(venv.site_packages(path, interpreter))
    command: list[str | Path] = [path / "bin" / "python", "-c", _LOOK, _MARK, json.dumps(sorted(owners))]
    answer = run(command, env=environ, cwd=path).output.rpartition(_MARK)[2].partition("\n")[0]
    ours = tuple(os.path.realpath(each) + os.sep for each in (path, interpreter.stdlib))
    return [
        f"{owners[name]} is installed, but {name} is imported from {origins[0]}"
        for name, origins in json.loads(answer).items()
        if origins and not any(os.path.realpath(origin).startswith(ours) for origin in origins)
    ]


def _top_levels(directory: Path) -> dict[str, str]:
    """Return the names that the distributions in ``directory`` can be imported by, and whose each is."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions(path=[str(directory)]):
        # Each look at the metadata parses it anew.
        owner = distribution.metadata["Name"]
        for file in distribution.files or ():
            for name in _top_level(file):
                found.setdefault(name, owner)
    return found


def _top_level(file: PurePath) -> Iterator[str]:
    """Yield the name by which ``file``, relative to site-packages, is imported, if it is."""
    head = file.parts[0]
    if len(file.parts) > 1:
        head = head if file.suffix in {".py", ".so"} else ""
    elif file.suffix not in {".py", ".so"}:
        return
    name = head.partition(".")[0]
    if name.isidentifier() and name != "__pycache__":
        yield name
