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
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_MEANS = 75
_IMPORTS = "import archspec.cpu, click, filelock, packaging, platformdirs, uv; uv.find_uv_bin()"
# These would send an installation elsewhere than where we ask for it.
_MISLEADING = (
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_USER",
    "PIP_REQUIRE_VIRTUALENV",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
)


def main(root: Path, core: Path) -> int:
    """Make ``core`` for the clone in ``root``; return the exit code."""
    core.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(core):
        if (core / "bin/python").exists():
            return 0
        _say(f"first use here: setting up its own environment in {core.parent} (once)")
        try:
            return _build_aside(core, dependencies(root / "pyproject.toml"))
        except subprocess.CalledProcessError as failed:
            _say(f"error: setting up failed: {' '.join(map(str, failed.cmd[:4]))} … ended with {failed.returncode}")
            sys.stderr.write(_last_lines(failed.stdout))
            _say(
                "It needs PyPI once: on a node without internet access, run 'vsc-venv --version' on a login node first."
            )
            return 1


def dependencies(pyproject: Path) -> list[str]:
    """Return the project's dependencies. Python 3.9 has no TOML reader, but a TOML list of strings is a Python list."""
    found = re.search(r"^dependencies = (\[.*?^\])", pyproject.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit(f"vsc-venv: error: {pyproject} names no dependencies")
    return list(ast.literal_eval(found[1]))


def _build_aside(core: Path, wanted: list[str]) -> int:
    """Build under another name, check, publish last: a link that is put in place in one step."""
    environ = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    made = Path(tempfile.mkdtemp(prefix=f"{core.name}.", dir=core.parent))
    try:
        if not _make(made, wanted, environ):
            return NO_MEANS
        _run([made / "bin/python", "-I", "-c", _IMPORTS], environ)
        link = made.with_suffix(".link")
        link.symlink_to(made.name)
        link.replace(core)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return 0


def _make(made: Path, wanted: list[str], environ: dict[str, str]) -> bool:
    """Make an environment with what is wanted by the first means there is; tell whether there was one."""
    python = made / "bin/python"
    if uv := shutil.which("uv"):
        _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, made], environ)
        _run([uv, "pip", "install", "--quiet", "--python", python, *wanted], environ)
    elif importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        _run([sys.executable, "-I", "-m", "venv", made], environ)
        _run([python, "-I", "-m", "pip", "install", "--quiet", *wanted], environ)
    elif importlib.util.find_spec("virtualenv"):
        _run([sys.executable, "-I", "-m", "virtualenv", "--quiet", made], environ)
        _run([python, "-I", "-m", "pip", "install", "--quiet", *wanted], environ)
    elif importlib.util.find_spec("pip") and importlib.util.find_spec("venv"):
        _run([sys.executable, "-I", "-m", "venv", "--without-pip", made], environ)
        site_packages = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        _run(
            [sys.executable, "-I", "-m", "pip", "install", "--quiet", "--target", made / site_packages, *wanted],
            environ,
        )
    else:
        return False
    return True


@contextlib.contextmanager
def _one_at_a_time(core: Path) -> Iterator[None]:
    """Hold a lock where the file system has locks; where it has none, two builds are only wasted work, not wrong."""
    with core.with_name(core.name + ".lock").open("a") as lock:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: list[str | Path], environ: dict[str, str]) -> None:
    subprocess.run(
        command, env=environ, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _say(text: str) -> None:
    sys.stderr.write(f"vsc-venv: {text}\n")


def _last_lines(output: bytes) -> str:
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return re.sub(r"(?<=://)[^/@\s]+@", "****@", "".join(f"    {line}\n" for line in lines[-8:]))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
