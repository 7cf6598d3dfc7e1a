"""The core as a process of its own, in a project with small local wheels: quick, offline, and killable at any step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import testbed
from testbed import Distribution, Wheels
from testbed.environment import hermetic

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).parents[2]
DYING = Path(__file__).with_name("dying.py")
PREPARE = ("prepare", "-r", "requirements.txt")


class End(NamedTuple):
    """At which step, or function as ``file.py:name``, the core sends itself which signal; step 0: never."""

    step: int | str
    signal: int = signal.SIGKILL


NEVER = End(0)


@dataclass(frozen=True)
class Project:
    """A project whose requirements are one small distribution, and the environment its user has."""

    directory: Path
    environ: Mapping[str, str]

    def command(self, *words: str, ends: End = NEVER) -> list[str]:
        """Return the command line of the core, which sends itself a signal at a step."""
        return [sys.executable, "-I", str(DYING), str(REPOSITORY), *map(str, ends), *words]

    def start(self, *words: str, ends: End = NEVER) -> subprocess.Popen[bytes]:
        """Start the core in a process group of its own."""
        return subprocess.Popen(
            self.command(*words, ends=ends),
            cwd=self.directory,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *words: str, ends: End = NEVER) -> tuple[int, str]:
        """Run the core and return its exit code and what it said."""
        process = self.start(*words, ends=ends)
        out, said = process.communicate()
        return process.returncode, (out + said).decode()

    def prepare(self, ends: End = NEVER) -> tuple[int, str]:
        """Prepare the environment."""
        return self.run(*PREPARE, ends=ends)

    def activate(self) -> tuple[int, str]:
        """Do what the core does for a shell that activates, so that there are records."""
        words = ("-a", *PREPARE[1:])
        numbered = {f"__VSC_VENV_WORD_{number}": word for number, word in enumerate(words, start=1)}
        environ = {**self.environ, **numbered, "__VSC_VENV_WORDS": str(len(words))}
        return replace(self, environ=environ).run("shell", str(self.directory / "answer"))

    def require(self, version: str) -> None:
        """Let the requirements ask for ``version`` of the distribution."""
        (self.directory / "requirements.txt").write_text(f"thing=={version}\n")

    @property
    def label_home(self) -> Path:
        """The directory with the generations."""
        (lock,) = (self.directory / "venvs/.vsc-venv").glob("*/lock")
        return lock.parent

    @property
    def link(self) -> Path:
        """The link to the current generation."""
        (link,) = (one for one in (self.directory / "venvs").glob("venv-*") if ".old" not in one.name)
        return link

    @property
    def current(self) -> str:
        """The number of the current generation."""
        return self.link.readlink().name

    def version(self) -> str:
        """Return the version of the distribution that the current environment imports."""
        ended = subprocess.run(
            [self.link / "bin/python", "-c", "import thing; print(thing.__version__)"],
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout.strip()

    def complete(self) -> list[str]:
        """Return the generations that have a record, each of which must have all that makes one."""
        found = []
        for record in self.label_home.glob("*/vsc-venv.json"):
            assert json.loads(record.read_text())["installed"].keys() == {"thing"}
            assert (record.parent / "bin/python").exists()
            found.append(record.parent.name)
        return sorted(found, key=int)


def make_project(directory: Path, home: Path) -> Project:
    """Make a project that asks for version 1.0 of `thing`, of which 1.0 and 2.0 are to be had."""
    wheels = Wheels(directory / "wheels")
    for version in ("1.0", "2.0"):
        wheels.wheel(Distribution("thing", version))
    environ = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PIP_FIND_LINKS": str(directory / "wheels"),
        "PIP_NO_INDEX": "1",
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PWD": str(directory),
    }
    project = Project(directory, environ)
    project.require("1.0")
    return project


@cache
def with_core(shim: Path) -> dict[str, str]:
    """Return the variable by which ``shim`` finds its own environment, made here so that no attempt has to."""
    shared = {"XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    subprocess.run(
        [shim, "--version"], env={**hermetic(Path("/nonexistent")), **shared}, check=True, capture_output=True
    )
    return shared


def end_group(process: subprocess.Popen[bytes], number: int) -> tuple[int, str]:
    """Send the core and everything that it started a signal; return its exit code and what it said."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    out, said = process.communicate()
    return process.returncode, (out + said).decode()
