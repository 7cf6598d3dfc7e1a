"""Real Pythons as a site installs them: own prefix, and no start without the module's LD_LIBRARY_PATH."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from testbed import store
from testbed.environment import builder, uv_command
from testbed.modulefile import Module, easybuild

if TYPE_CHECKING:
    from collections.abc import Iterator

# GCCcore, pip, setuptools as EasyBuild's Python of that version has them.
_TOOLCHAINS = {
    "3.6": ("7.3.0", "18.0", "40.2.0"),
    "3.7": ("8.3.0", "19.2.3", "41.2.0"),
    "3.8": ("10.2.0", "20.2.3", "50.3.0"),
    "3.9": ("11.2.0", "21.2.2", "57.4.0"),
    "3.10": ("12.2.0", "22.3", "63.4.3"),
    "3.11": ("12.3.0", "23.1.2", "67.7.2"),
    "3.12": ("13.3.0", "24.0", "70.0.0"),
    "3.13": ("14.2.0", "24.3.1", "75.6.0"),
}
_LEFT_OUT = (
    "test",
    "tests",
    "idlelib",
    "turtledemo",
    "site-packages",
    "config-*",
    "*.a",
    "_sysconfigdata*.pyc",
)
_SITECUSTOMIZE = Path(__file__).resolve().parent / "data" / "sitecustomize.py"


@dataclass(frozen=True)
class Python:
    """An installed interpreter: ``minor`` (``3.11``), its module's name, its prefix."""

    minor: str
    module: str
    prefix: Path

    @property
    def executable(self) -> Path:
        """The interpreter, which starts with ``environment`` only."""
        return self.prefix / "bin" / f"python{self.minor}"

    @property
    def site_packages(self) -> Path:
        """The base site-packages."""
        return self.prefix / "lib" / f"python{self.minor}" / "site-packages"

    @property
    def toolchain(self) -> str:
        """The module of the compiler that built it."""
        return f"GCCcore/{_TOOLCHAINS[self.minor][0]}"

    def environment(self) -> dict[str, str]:
        """Return what must be added to an environment for it to start."""
        return {"LD_LIBRARY_PATH": str(self.prefix / "lib")}

    def modulefile(self) -> Module:
        """Return its module; before 3.12 in EasyBuild 4's style, with the sitecustomize on PYTHONPATH."""
        hook = self.prefix / "easybuild" / "python"
        prepends = [("PYTHONPATH", str(hook))] if hook.is_dir() else []
        return easybuild(self.module, self.prefix, needs=(self.toolchain,), prepends=prepends)


def minors() -> tuple[str, ...]:
    """Return the versions that can be had, as ``3.11``."""
    return tuple(_TOOLCHAINS)


def toolchains() -> tuple[str, ...]:
    """Return the compiler modules that the Pythons need."""
    return tuple(f"GCCcore/{core}" for core, _, _ in _TOOLCHAINS.values())


@cache
def install(minor: str) -> Python:
    """Return the Python ``minor`` of the testbed, installed at first use.

    Raises TestbedError where this machine has none to copy.
    """
    original = source(minor)
    version = store.call((original, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"), builder()).output
    name = f"Python/{version.strip()}-GCCcore-{_TOOLCHAINS[minor][0]}"
    prefix = store.part(f"software/{name}", lambda prefix: _copy(original, Python(minor, name, prefix)))
    return Python(minor, name, prefix)


def source(minor: str) -> Path:
    """Find a Python with a prefix of its own, from pyenv, else from uv: Debian's lies among all else in /usr.

    It starts without modules. Raises TestbedError where there is none.
    """
    pyenv = [found for root in _pyenv_roots() for found in root.glob(f"versions/{minor}.*/bin/python{minor}")]
    if pyenv:
        return max(pyenv, key=lambda found: [int(part) for part in re.findall(r"\d+", found.parents[1].name)])
    # The caller's environment: where this machine's Pythons are is not for the testbed to say.
    env = {**os.environ, "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    try:
        found = store.call(uv_command("python", "find", "--no-project", "--managed-python", minor), env)
    except store.TestbedError as problem:
        message = f"the tests need a Python {minor} to copy: pyenv install {minor}, or uv python install {minor}"
        raise store.TestbedError(message) from problem
    return Path(found.output.strip()).resolve()


def _pyenv_roots() -> Iterator[Path]:
    """Yield where pyenv may be, also where HOME is another than the account's, and where one of its Pythons runs us."""
    yield Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield Path(pwd.getpwuid(os.getuid()).pw_dir, ".pyenv")
    yield from [parent for parent in Path(sys.base_prefix).parents if parent.name == ".pyenv"]


def _copy(source: Path, python: Python) -> None:
    old, new = source.parents[1], python.prefix
    (new / "bin").mkdir()
    shutil.copy2(source, python.executable)
    for alias in ("python", "python3"):
        (new / "bin" / alias).symlink_to(python.executable.name)
    stdlib = f"lib/python{python.minor}"
    shutil.copytree(old / stdlib, new / stdlib, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    shutil.copytree(old / "include", new / "include")
    for library in (old / "lib").glob("libpython*.so*"):
        shutil.copy2(library, new / "lib", follow_symlinks=False)
    _rename_prefix(old, new / stdlib)
    python.site_packages.mkdir()
    _need_module(python)
    _add_sitecustomize(python)
    _add_pip(python)


def _rename_prefix(old: Path, stdlib: Path) -> None:
    """Let sysconfig speak of the new prefix, else extension modules are built for the old one."""
    for file in stdlib.glob("_sysconfigdata*.py"):
        file.write_text(file.read_text("utf-8").replace(str(old), str(stdlib.parents[1])), "utf-8")


def _need_module(python: Python) -> None:
    """Make the launcher depend on a library that only LD_LIBRARY_PATH finds.

    The library gets a name of its own: the system's libpython of the same version would start the copy as well.
    """
    patchelf = store.program("patchelf", "patchelf")
    usual, own = f"libpython{python.minor}", f"libpython{python.minor}-module.so.1.0"
    needed = store.call((patchelf, "--print-needed", python.executable), builder()).output.split()
    shared = [name for name in needed if name.startswith(usual)]
    if shared:
        (python.prefix / "lib" / own).symlink_to(shared[0])
        store.call((patchelf, "--replace-needed", shared[0], own, python.executable), builder())
    else:
        _add_empty_library(python, own)
        store.call((patchelf, "--add-needed", own, python.executable), builder())
    store.call((patchelf, "--remove-rpath", python.executable), builder())


def _add_empty_library(python: Python, name: str) -> None:
    """Stand in for libpython where the copied launcher is static."""
    empty = python.prefix / "empty.c"
    empty.write_text("", "utf-8")
    store.call((store.program("gcc", "gcc"), "-shared", "-o", python.prefix / "lib" / name, empty), builder())


def _add_sitecustomize(python: Python) -> None:
    """Install the hook that honours EBPYTHONPREFIXES: in base site-packages since EasyBuild 5, before on PYTHONPATH."""
    easybuild5 = tuple(map(int, re.findall(r"\d+", python.minor))) >= (3, 12)
    place = python.site_packages if easybuild5 else python.prefix / "easybuild" / "python"
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(_SITECUSTOMIZE, place / "sitecustomize.py")


def _add_pip(python: Python) -> None:
    _, pip, setuptools = _TOOLCHAINS[python.minor]
    add_packages(python, python.prefix, f"pip=={pip}", f"setuptools=={setuptools}", "wheel")


def add_packages(python: Python, prefix: Path, *requirements: str) -> None:
    """Install ``requirements`` from PyPI below ``prefix`` for ``python``; wheels only, so nothing is compiled."""
    options = ("--python", python.executable, "--prefix", prefix, "--only-binary", ":all:", "--quiet")
    env = {**builder(), **python.environment()}
    store.call(uv_command("pip", "install", *options, *requirements), env)
