"""The Python that the loaded modules bring: where it is, what it is, and what it imports from."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from vscvenv.errors import VscVenvError
from vscvenv.process import Completed, run

if TYPE_CHECKING:
    from collections.abc import Mapping

OLDEST = (3, 6)
_MARK = "vsc-venv-probe:"

# Runs on Python 2.7 too, so that an old one can be named; a noisy sitecustomize may print before it.
_PROBE = r"""
import json, os, platform, site, sys, sysconfig
loaded = ""
try:
    with open("/proc/self/maps") as maps:
        for line in maps:
            if os.path.basename(line.strip()).startswith("libpython"):
                loaded = line.split(None, 5)[5].strip()
                break
except (IOError, IndexError):
    pass
try:
    import importlib.util
    pip = importlib.util.find_spec("pip") is not None
except ImportError:
    pip = False
base = getattr(sys, "base_prefix", sys.prefix)
print("\n" + sys.argv[1] + json.dumps({
    "version": platform.python_version(),
    "prefix": sys.prefix,
    "base_prefix": base,
    "base_executable": getattr(sys, "_base_executable", None) or sys.executable,
    "sys_path": [os.path.abspath(entry) for entry in sys.path if entry],
    "stdlib": os.path.dirname(os.path.abspath(os.__file__)),
    "base_site": site.getsitepackages([base]) if hasattr(site, "getsitepackages") else [],
    "platform": sysconfig.get_platform(),
    "soabi": sysconfig.get_config_var("SOABI") or "",
    "libpython": os.path.realpath(loaded) if loaded else "",
    "has_pip": pip,
}))
"""


@dataclass(frozen=True)
class Signature:
    """What tells that a file was replaced: its size in bytes, mtime in nanoseconds, and inode."""

    path: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True)
class Interpreter:
    """A base Python as it starts in one module environment; every path is absolute and spelled as found."""

    executable: str
    version: str
    prefix: str
    base_prefix: str
    base_executable: str
    sys_path: tuple[str, ...]
    stdlib: str
    base_site: tuple[str, ...]
    platform: str
    soabi: str
    libpython: str
    has_pip: bool
    signatures: tuple[Signature, ...]

    @property
    def series(self) -> str:
        """The version without its last part: 3.11."""
        return ".".join(self.version.split(".")[:2])

    @property
    def module_path(self) -> tuple[str, ...]:
        """What sys.path has beside the standard library and the base Python's own packages."""
        own = (self.stdlib, *self.base_site)
        archive = f"python{self.series.replace('.', '')}.zip"
        return tuple(
            entry
            for entry in self.sys_path
            if not entry.endswith(f"/{archive}") and not any(_below(entry, directory) for directory in own)
        )


def find_python(path_value: str) -> Optional[Path]:
    """Return the absolute path of the first python3, else python, on the PATH ``path_value``."""
    for name in ("python3", "python"):
        found = shutil.which(name, path=path_value)
        if found:
            return Path(os.path.abspath(found))  # noqa: PTH100  # resolve() would leave the name it was found by
    return None


def probe(executable: Path, environ: Mapping[str, str]) -> Interpreter:
    """Start ``executable`` in the module environment ``environ`` and return what it says of itself.

    ``environ`` is without the PYTHONPATH that the user had before modules: it belongs to the user, not to the
    environment. The user's site-packages below HOME are left out for the same reason. For the Python of a
    virtual environment its base is returned. Raises VscVenvError where it does not start, or is before 3.6.
    """
    facts = _facts(executable, environ)
    if facts["prefix"] != facts["base_prefix"] and _base_executable(facts) != executable:
        return probe(_base_executable(facts), environ)
    _require_supported(executable, facts["version"])
    files = filter(None, (os.path.realpath(executable), facts["libpython"]))
    parts: dict[str, Any] = {name: _hashable(value) for name, value in facts.items()}
    return Interpreter(executable=str(executable), signatures=tuple(map(signature, files)), **parts)


def signature(path: str) -> Signature:
    """Return the signature of the file ``path``; one of zeros where it is gone."""
    try:
        status = Path(path).stat()
    except OSError:
        return Signature(path, 0, 0, 0)
    return Signature(path, status.st_size, status.st_mtime_ns, status.st_ino)


def _facts(executable: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    probing = {**environ, "PYTHONNOUSERSITE": "1"}
    # From / so that the current directory cannot be mistaken for a directory of a module.
    ended = run([executable, "-c", _PROBE, _MARK], env=probing, cwd=Path("/"), check=False)
    _, found, answer = ended.output.rpartition(_MARK)
    if ended.code != 0 or not found:
        raise _does_not_start(executable, ended)
    facts: dict[str, Any] = json.loads(answer.partition("\n")[0])
    facts["sys_path"] = [entry for entry in facts["sys_path"] if entry != "/"]
    return facts


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _base_executable(facts: Mapping[str, Any]) -> Path:
    """Return the Python that a virtual environment was made from."""
    named = Path(facts["base_executable"])
    if not named.is_relative_to(facts["prefix"]):
        return named
    # Python 3.6 does not tell.
    series = ".".join(facts["version"].split(".")[:2])
    return Path(facts["base_prefix"], "bin", f"python{series}")


def _require_supported(executable: Path, version: str) -> None:
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise VscVenvError(
            f"{executable} is Python {version}, and environments need 3.6 or newer",
            "add a Python module to the modules file",
        )


def _does_not_start(executable: Path, ended: Completed) -> VscVenvError:
    said = ended.messages.strip().splitlines()
    reason = said[-1] if said else f"exit code {ended.code}"
    hint = None
    if "libpython" in ended.messages:
        hint = "it belongs to a module that is not loaded: name that Python module in the modules file"
    return VscVenvError(f"{executable} does not start: {reason}", hint)


def _below(entry: str, directory: str) -> bool:
    """Tell whether ``entry`` is ``directory`` or lies in it, and not in a site-packages of it."""
    return entry == directory or (
        entry.startswith(directory + os.sep) and "site-packages" not in entry[len(directory) :]
    )
