"""pip as the installer: slower than uv, and for what uv cannot do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv.engine import caches, pipconfig, uvtool
from vscvenv.process import Completed, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vscvenv.engine.options import Options


# What pip may have been told for other work is not for this, whether by a variable or in a file; nor is what the user
# has at home something that an environment, which others may use as well, has already.
_HERE = {"PIP_USER": "0", "PIP_DRY_RUN": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONNOUSERSITE": "1"}
_HIDDEN = ("PIP_PYTHON", *uvtool.COLOURS)


class Pip:
    """The pip of the environment ``path``, which sees by itself what modules provide."""

    def __init__(self, path: Path, environ: Mapping[str, str], options: Options) -> None:
        self._python = path / "bin" / "python"
        self._options = [*_arguments(options), *_here(path, pipconfig.read(environ, options))]
        cached = caches.variables(options, environ, Path(uvtool.executable()))
        kept = {name: value for name, value in environ.items() if name not in _HIDDEN}
        self._environ = {**kept, **cached, **_variables(options, environ), **_HERE}

    def install(
        self,
        files: Sequence[Path],
        *,
        constraints: Optional[Path] = None,
        cwd: Path,
        show: bool = False,
        exact: bool = False,
    ) -> Completed:
        """Install what the requirements ``files`` ask for, or ``exact`` they; the caller looks at the exit code."""
        command: list[str | Path] = [self._python, "-m", "pip", "install", *self._options]
        # Also what a module has in the same version.
        command += ["--no-deps", "--ignore-installed"] if exact else []
        command += ["--constraint", constraints] if constraints else []
        for file in files:
            command += ["--requirement", os.path.abspath(file)]  # noqa: PTH100  # keep links in it
        return run(command, env=self._environ, cwd=cwd, check=False, show=show)


def _variables(options: Options, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what says where to look: a URL may hold a password, and arguments are seen by all."""
    config = pipconfig.read(environ, options)
    found = {"PIP_INDEX_URL": options.index_url} if options.index_url else {}
    for name in ("extra_index_url", "find_links"):
        # A variable stands in for the setting in a file, where an argument would have been added to it.
        if urls := [value for value in getattr(options, name) if "://" in value]:
            found[f"PIP_{name.upper()}"] = " ".join([*config.get(name.replace("_", "-"), []), *urls])
    return found


def _arguments(options: Options) -> list[str]:
    words = []
    for name in ("find_links", "only_binary", "no_binary"):
        words += [word for value in getattr(options, name) if "://" not in value for word in (_option(name), value)]
    words += ["--pre"] if options.pre else []
    words += ["--no-build-isolation"] if options.no_build_isolation else []
    # pip has no offline mode; without an index it takes what --find-links offers.
    words += ["--no-index"] if options.offline else []
    return words


def _here(path: Path, config: pipconfig.Settings) -> list[str]:
    """Return what has pip install into the environment ``path`` where its ``config`` names another place."""
    places = {"target": "", "prefix": str(path), "root": "/"}
    return [f"--{name}={place}" for name, place in places.items() if name in config]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
