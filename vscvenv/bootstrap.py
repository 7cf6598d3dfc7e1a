"""Make the environment in which the core of a clone runs. Standard library only: nothing else is there yet.

Run by shell/bootstrap.bash as ``python -I bootstrap.py ROOT CORE``. Exits with 75 where this Python has no means to
make an environment, so that the next one can be tried.
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

    Command = list[Union[str, Path]]
    Means = Callable[[Path], list[Command]]

NO_MEANS = 75
INTERRUPTED = 130
UNUSED = 90 * 24 * 3600.0
"""After how long an environment that nothing was started from may go, in seconds."""
_COMPLETE = "complete"
"""The mark of an environment in which all is there; its time is that of the last use (__main__.py)."""
_SITE_PACKAGES = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
_IMPORTS = """import sys, archspec.cpu, click, filelock, packaging, platformdirs, uv
if sys.version_info < (3, 11): import tomli
uv.find_uv_bin()"""
# The installers' own variables may send an installation elsewhere than where we ask for it, or ask for more than we do.
# Those that say how an index is reached are needed.
_OF_INSTALLERS = ("PIP_", "UV_", "VIRTUALENV_", "VIRTUAL_ENV", "CONDA_")
_REACHING = re.compile(
    "INDEX|FIND_LINKS|CERT|PROXY|TRUSTED|INSECURE|TIMEOUT|RETRIES|TLS|CONFIG_FILE|KEYRING|_CACHE_DIR"
)

# The name that uv has for it now, and the one that it had.
_TRUST = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}

# The largest file of an installation, in bytes.
_LARGE = 40 * 2**20


def main(root: Path, core: Path) -> int:
    """Make ``core`` for the clone in ``root``; return the exit code."""
    try:
        return _make(root, core)
    except subprocess.CalledProcessError as failed:
        _say(f"error: setting up failed: {' '.join(map(str, failed.cmd[:4]))} … ended with {failed.returncode}")
        sys.stderr.write(_last_lines(failed.stdout))
        shim = shlex.quote(str(root / "shell/vsc-venv"))
        _say(f"It needs PyPI once. Without internet access on this node, first run on a login node: {shim} --version")
    except OSError as problem:
        _say(f"error: its own environment cannot be set up in {core.parent}: {problem.strerror}")
        _say("It takes 70 MB. Name a directory with room that you can write to: export XDG_CACHE_HOME=…")
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    return 1


def _make(root: Path, core: Path) -> int:
    core.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(core) as alone:
        if (core / "bin/python").exists():
            return 0
        if alone:
            _remove_leftovers(core)
            _remove_unused(core.parent)
        return _build(core, dependencies(root / "pyproject.toml"))


def dependencies(pyproject: Path) -> list[str]:
    """Return the project's dependencies. Python 3.9 has no TOML reader, but a TOML list of strings is a Python list."""
    found = re.search(r"^dependencies = (\[.*?^\])", pyproject.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit(f"vsc-venv: error: {pyproject} names no dependencies")
    return list(ast.literal_eval(found[1]))


def _build(core: Path, wanted: list[str]) -> int:
    """Build by the first means that can. Raises CalledProcessError where there are some and none can."""
    environ = _environment()
    failures: list[subprocess.CalledProcessError] = []
    for means in _means(wanted):
        if not failures:
            _say(f"first use here: setting up its own environment in {core.parent} (once)")
        failure = _build_aside(core, means, environ)
        if failure is None:
            return 0
        failures.append(failure)
    if failures:
        raise failures[0]
    return NO_MEANS


def _build_aside(core: Path, means: Means, environ: dict[str, str]) -> subprocess.CalledProcessError | None:
    """Build under another name, check, publish last by a link put in place in one step; return what failed, if so."""
    made = Path(tempfile.mkdtemp(prefix=f"{core.name}.", dir=core.parent))
    try:
        for command in means(made):
            _run(command, environ)
        _run([made / "bin/python", "-I", "-c", _IMPORTS], environ)
    except subprocess.CalledProcessError as problem:
        try:
            _require_room(made)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return problem
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    (made / _COMPLETE).touch()
    link = made.with_name(f"{made.name}.link")
    link.symlink_to(made.name)
    link.replace(core)
    return None


def _require_room(directory: Path) -> None:
    """Raise OSError where there is no room for more, as an installer that failed may not have said."""
    with (directory / "room").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, _LARGE)


def _means(wanted: list[str]) -> Iterator[Means]:
    """Yield each means there is, fastest first: the commands that make an environment with ``wanted`` in it."""
    if uv := _working_uv():
        yield lambda made: [
            [uv, "venv", "--quiet", "--python", sys.executable, made],
            [uv, "pip", "install", "--quiet", "--python", made / "bin/python", *wanted],
        ]
    if _has("venv", "ensurepip"):
        yield lambda made: [[sys.executable, "-I", "-m", "venv", made], _pip(made / "bin/python", *wanted)]
    if _has("virtualenv"):
        yield lambda made: [
            [sys.executable, "-I", "-m", "virtualenv", "--quiet", made],
            _pip(made / "bin/python", *wanted),
        ]
    if _has("venv", "pip"):
        yield lambda made: [
            [sys.executable, "-I", "-m", "venv", "--without-pip", made],
            _pip(sys.executable, "--target", made / _SITE_PACKAGES, *wanted),
        ]


def _pip(python: str | Path, *words: str | Path) -> Command:
    return [python, "-I", "-m", "pip", "install", "--quiet", *words]


def _has(*modules: str) -> bool:
    return all(importlib.util.find_spec(name) for name in modules)


def _working_uv() -> str | None:
    """Return the uv on PATH, unless it is a mere stand-in for one that is not there, as pyenv makes them."""
    uv = shutil.which("uv")
    return uv if uv and subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0 else None


def _environment() -> dict[str, str]:
    """Return the environment for the installers; what they download is wanted once, so nothing of it is kept."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_INSTALLERS) or _REACHING.search(name)
    }
    # Whom this machine trusts, uv is to trust as well; and pip's configuration may say `user = true`.
    return {"PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1", **_TRUST, **kept, "PIP_USER": "0"}


@contextlib.contextmanager
def _one_at_a_time(core: Path) -> Iterator[bool]:
    """Hold a lock where the file system has locks; where it has none, two builds are only wasted work, not wrong.

    Yields whether it is held.
    """
    with core.with_name(core.name + ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"waiting for another start that is setting up {core.parent}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            yield False
            return
        yield True


def _remove_leftovers(core: Path) -> None:
    """Remove what killed builds left; never what was complete once, since others may run from it."""
    for made in core.parent.glob(f"{core.name}.????????"):  # as tempfile names them
        if not (made / _COMPLETE).exists():
            shutil.rmtree(made, ignore_errors=True)


def _remove_unused(cores: Path) -> None:
    """Remove environments that nothing was started from for long, as the mark tells that the core touches."""
    links = [one for one in cores.iterdir() if one.is_symlink()]
    for made in [mark.parent for mark in cores.glob(f"*/{_COMPLETE}") if not mark.parent.is_symlink()]:
        if time.time() - (made / _COMPLETE).stat().st_mtime > UNUSED:
            for link in (one for one in links if one.readlink() == Path(made.name)):
                link.unlink(missing_ok=True)
            shutil.rmtree(made, ignore_errors=True)


def _run(command: Command, environ: dict[str, str]) -> None:
    subprocess.run(
        command, env=environ, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _say(text: str) -> None:
    sys.stderr.write(f"vsc-venv: {text}\n")


def _last_lines(output: bytes) -> str:
    """Return what an installer said in the end, without passwords: the core's own messages.py is not there yet."""
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    # pip tries five times, and says so at length; the last one is told of in the end.
    lines = [line for line in lines if not line.startswith("WARNING: Retrying")] or lines
    return re.sub(r"(?<=://)[^/@\s]+@", "****@", "".join(f"    {line}\n" for line in lines[-8:]))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
