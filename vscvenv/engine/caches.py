"""Where downloads are kept, and apart from them what was built here, which suits this microarchitecture only.

uv and pip know a built wheel by its tags, which say nothing of ``-march``: a wheel built for icelake would be served
to zen3. So each label and compiler environment has a cache directory of its own, in which all but the buckets of
built things are links to one that is shared::

    CACHE/downloads/archive-v0 …              unpacked wheels, index pages: the same for all
    CACHE/built/RHEL8-zen2-4f1c…/sdists-v10   what was built from source
    CACHE/built/RHEL8-zen2-4f1c…/archive-v0   a link to downloads/archive-v0
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv.files import make_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vscvenv.engine.options import Options

# The buckets of uv, and the directories of pip, in which nothing lies that was built here. Wheels from source also
# end in archive-v0, under a random name that only the entry in sdists-v10 refers to.
_SHARED_BY_UV = (b"archive", b"wheels", b"simple", b"flat-index", b"git")
_SHARED_BY_PIP = ("http", "http-v2", "selfcheck")

# What a compiler and the usual build systems read.
_COMPILER_VARIABLES = (
    *("CC", "CXX", "FC", "F77", "F90", "LD", "AR", "NVCC", "CUDAHOSTCXX", "MPICC", "MPICXX", "MPIFC"),
    *("CFLAGS", "CXXFLAGS", "CPPFLAGS", "FFLAGS", "FCFLAGS", "F90FLAGS", "LDFLAGS", "LIBS", "RUSTFLAGS"),
    *("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH"),
    *("CUDA_HOME", "CUDA_PATH", "TORCH_CUDA_ARCH_LIST", "CMAKE_ARGS", "ARCHFLAGS"),
)
# Where a user may have put caches, and where sites have their scratch.
_OWN = ("UV_CACHE_DIR", "XDG_CACHE_HOME")
_SCRATCH = ("VSC_SCRATCH", "SCRATCH", "CSCRATCH", "GLOBALSCRATCH", "WORK")
_BELOW = Path(".cache", "vsc-venv")
_PYTHON_VARIABLES = ("PYTHONPATH", "EBPYTHONPREFIXES")
NAMES = (*_OWN, *_SCRATCH, *_COMPILER_VARIABLES, "HOME")
"""The variables that decide which directories a cache has."""


def variables(options: Options, environ: Mapping[str, str], uv: Path) -> dict[str, str]:
    """Make the cache directories for ``options`` and return the variables that have ``uv`` and pip use them."""
    root = options.cache or default(environ)
    make_directory(root, "Name another place for caches: --cache DIR, or VSC_VENV_CACHE.")
    built = root / "built" / f"{options.label}-{_fingerprint(options, environ)}"
    _link(built, root / "downloads", _buckets(uv))
    _link(built / "pip", root / "downloads" / "pip", _SHARED_BY_PIP)
    return {"UV_CACHE_DIR": str(built), "PIP_CACHE_DIR": str(built / "pip")}


def default(environ: Mapping[str, str]) -> Path:
    """Return the directory for caches: the user's own, else on scratch, where quotas are larger than at home."""
    return default_by(environ)[0]


def default_by(environ: Mapping[str, str]) -> tuple[Path, str]:
    """Return the directory for caches, and the variable because of which it lies there."""
    for name in _OWN:
        if environ.get(name):
            return Path(environ[name], "vsc-venv"), name
    for name in _SCRATCH:
        if environ.get(name) and _is_writable(Path(environ[name])):
            return Path(environ[name], _BELOW), name
    # A user without a home has no better place.
    return Path(environ.get("HOME") or "/tmp", _BELOW), "HOME"  # noqa: S108


def lies_at_home(options: Options, environ: Mapping[str, str]) -> bool:
    """Tell whether nobody chose the home directory for the cache, and it lies there."""
    return options.cache is None and default_by(environ)[1] == "HOME"


def _is_writable(directory: Path) -> bool:
    return directory.is_dir() and os.access(directory, os.W_OK)


def _fingerprint(options: Options, environ: Mapping[str, str]) -> str:
    """Return what tells this compiler environment from others, in few letters."""
    names = [*_COMPILER_VARIABLES, *(_PYTHON_VARIABLES if options.no_build_isolation else ())]
    known = "\0".join(f"{name}={environ.get(name, '')}" for name in names)
    return hashlib.sha256(known.encode("utf-8", "surrogateescape")).hexdigest()[:12]


@cache
def _buckets(uv: Path) -> list[str]:
    """Return the names of the shared buckets, such as archive-v0: their versions are written in the program uv."""
    with uv.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as program:
        # Finding is ten times as fast as matching, in tens of megabytes.
        near = {name: max(program.find(name + b"-v"), 0) for name in _SHARED_BY_UV}
        found = (re.compile(name + rb"-v\d+").search(program, start) for name, start in near.items())
        return [match.group().decode() for match in found if match]


def _link(directory: Path, shared: Path, names: Iterable[str]) -> None:
    """Make ``directory``, in which each of ``names`` is a link to the directory of that name in ``shared``."""
    for name in names:
        (shared / name).mkdir(parents=True, exist_ok=True)
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        # Another process may be as far as this one; a directory of uv's own making is as good, only not shared.
        with contextlib.suppress(FileExistsError):
            (directory / name).symlink_to(shared / name)
