"""Whether what was asked for is there, and what was installed is what an import finds."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from vscvenv.engine import provided, venv
from vscvenv.engine.tags import markers
from vscvenv.process import run

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from pathlib import Path

    from packaging.requirements import Requirement

    from vscvenv.engine.interpreter import Interpreter

_MARK = "vsc-venv-imports:"

# Looks where top-level names would be imported from; nothing is imported, so nothing heavy can start. A json.py of the
# user's own is to be found and not to be used.
_LOOK = r"""
import os, sys
library = os.path.dirname(os.path.abspath(os.__file__))
searched = sys.path[:]
sys.path[:] = [library, os.path.join(library, "lib-dynload")]
import json
sys.path[:] = searched
origins = {}
for name in json.loads(sys.argv[2]):
    # Not importlib.util.find_spec, which goes by what this very script has imported.
    finders = [finder.find_spec for finder in sys.meta_path if hasattr(finder, "find_spec")]
    spec = next(filter(None, (find(name, None) for find in finders)), None)
    places = [] if spec is None else [spec.origin] + list(spec.submodule_search_locations or [])
    if places[:1] == ["frozen"]:
        places[0] = getattr(spec.loader_state, "filename", None) or "built-in"
    origins[name] = [place for place in places if place and (place.startswith("/") or place == "built-in")]
print("\n" + sys.argv[1] + json.dumps([[os.path.abspath(entry) for entry in sys.path], origins]))
"""


@dataclass(frozen=True)
class Found:
    """What a Python imports from: ``sys_path``, and for names where they are found, ``built-in`` or nowhere."""

    sys_path: tuple[str, ...]
    origins: dict[str, list[str]]


def look(python: Path, names: Iterable[str], environ: Mapping[str, str], cwd: Path) -> Found:
    """Return where ``python``, started in ``cwd``, would import ``names`` from. Raises ProcessError."""
    command: list[str | Path] = [python, "-c", _LOOK, _MARK, json.dumps(sorted(names))]
    answer = run(command, env=environ, cwd=cwd).output.rpartition(_MARK)[2].partition("\n")[0]
    sys_path, origins = json.loads(answer)
    return Found(tuple(sys_path), origins)


def absent(wanted: Iterable[Requirement], there: Container[str], interpreter: Interpreter) -> Iterator[str]:
    """Yield a sentence for each distribution that is ``wanted`` on this node and not ``there`` after all."""
    here = {key: str(value) for key, value in markers(interpreter).items()}
    for one in wanted:
        if canonicalize_name(one.name) not in there and (one.marker is None or one.marker.evaluate(here)):
            yield f"{one.name} is asked for and not there: do uv.toml, pip.conf or UV_*, PIP_* lead elsewhere?"


def check_imports(path: Path, interpreter: Interpreter, environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each module of the environment ``path`` that would be imported from elsewhere.

    ``environ`` is the module environment. The standard library comes first on purpose, so it is not elsewhere.
    """
    owners = top_levels(venv.site_packages(path, interpreter))
    found = look(path / "bin" / "python", owners, environ, path)
    ours = tuple(os.path.realpath(each) + os.sep for each in (path, interpreter.stdlib))
    return [
        f"{owners[name]} is installed, but {name} is imported from {origins[0]}"
        for name, origins in found.origins.items()
        if origins and origins[0] != "built-in" and not any(os.path.realpath(one).startswith(ours) for one in origins)
    ]


def top_levels(directory: Path) -> dict[str, str]:
    """Return the names that the distributions in ``directory`` can be imported by, and whose each is."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions(path=[str(directory)]):
        owner = provided.headers(distribution)["Name"]
        for name in _names(distribution):
            found.setdefault(name, owner)
    return found


def _names(distribution: metadata.Distribution) -> Iterator[str]:
    record = distribution.read_text("RECORD")
    if record is not None:
        # As text: distribution.files makes objects of what are tens of thousands of lines in all.
        files = [line.partition(",")[0].lstrip('"') for line in record.splitlines()]
    elif distribution.files is not None:
        files = list(map(str, distribution.files))
    else:
        yield from (distribution.read_text("top_level.txt") or "").split()
        return
    yield from filter(None, map(_top_level, files))


def _top_level(file: str) -> str:
    """Return the name by which ``file``, relative to site-packages, is imported, "" where it is not."""
    if not file.endswith((".py", ".so")):
        return ""
    name = file.partition("/")[0].partition(".")[0]
    return name if name.isidentifier() and name != "__pycache__" else ""
