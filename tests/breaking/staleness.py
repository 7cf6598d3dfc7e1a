"""A project with recorded activations, what may change around it, and whether a record then answers that should not.

A record answers where a shell replays it although the shim has no core to ask; what it should have done is asked of the
core, which knows no records.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Callable
from unittest.mock import patch

import driving
import testbed
from testbed import tools
from testbed.modulefile import Module, write
from vscvenv import cli, remember
from vscvenv.asked import Caller
from vscvenv.errors import VscVenvError
from vscvenv.replay import MARKER, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORDS = ("-a", "-r", "current/requirements.txt", "-m", "modules.txt")
REQUIREMENTS = "-r more.txt\n# ${VSC_TOLD}\n"
MORE = "# nothing more\n"
SECOND = 10**9
STARTS = {
    "login": "",
    "more modules": "module load many-001/1.0",
    "modules of the list": "module load tool/1.0",
    "nothing loaded": "module purge 2>/dev/null; unset VSC_ARCH_SUFFIX",
}
"""What is typed before, by name."""


@dataclass
class Around:
    """What differs from how it was when the activations were recorded; ``undo`` puts files back."""

    environ: dict[str, str]
    cwd: Path
    words: tuple[str, ...] = WORDS
    undo: list[Callable[[], object]] = field(default_factory=list)

    def write(self, file: Path, text: str, moment: int) -> None:
        """Write ``text`` to ``file``: now, or with a modification time ``moment`` nanoseconds from the one it had."""
        before = file.stat().st_mtime_ns if file.exists() else None
        if not file.parent.exists():
            self.undo += [_restorer(file.parent.parent), file.parent.rmdir]
            file.parent.mkdir()
        self._keep(file)
        file.write_text(text, "utf-8")
        if before is not None and moment != NOW:
            os.utime(file, ns=(before + moment, before + moment))

    def remove(self, file: Path) -> None:
        """Remove ``file``."""
        self._keep(file)
        file.unlink(missing_ok=True)

    def link(self, link: Path, target: Path) -> None:
        """Make ``link`` lead to ``target``."""
        self._keep(link)
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def _keep(self, file: Path) -> None:
        self.undo.append(_restorer(file.parent))
        self.undo.append(_restorer(file))


NOW = 10**18
"""A modification time as the system sets it."""


def _restorer(path: Path) -> Callable[[], object]:
    """Return what gives ``path`` the content and the time that it has now."""
    if path.is_symlink():
        target = path.readlink()
        return lambda: (path.unlink(missing_ok=True), path.symlink_to(target))
    if not path.exists():
        return lambda: path.unlink(missing_ok=True)
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    content = None if path.is_dir() else path.read_bytes()

    def restore() -> None:
        if content is not None:
            if path.is_symlink():
                path.unlink()
            path.write_bytes(content)
        os.utime(path, ns=times)

    return restore


class World:
    """A project with two builds, and records of how it was entered from two starting points."""

    def __init__(self, directory: Path, kind: str, tool: str) -> None:
        self.kind, self.tool, self.directory = kind, tool, directory
        self.language, self.tree = tools.language(tool), directory / "modules"
        self.trees = [self.tree / name / self.language for name in ("before", "mine")]
        self.project = driving.project(directory)
        self.shell = self.project.shell(kind, tool)
        self.write_modules()
        self.project.write(REQUIREMENTS, f"{testbed.site().python.module}\ntool\nreader/1.0\n")
        (self.project.directory / "more.txt").write_text(MORE)
        (directory / "elsewhere").mkdir()
        (self.shell.home / ".config/vsc-venv").mkdir(parents=True)
        for name in ("requirements.txt", "more.txt", "modules.txt"):
            (directory / "elsewhere" / name).write_bytes((self.project.directory / name).read_bytes())
        for place in (self.project.directory, directory / "elsewhere"):
            (place / "current").symlink_to(".")
        (directory / "link").symlink_to(self.project.directory)
        self.starts = {name: self._start(text) for name, text in STARTS.items()}
        self.record()
        self.probe = self._probe()
        self.examples = self.warm = 0

    def write_modules(self) -> None:
        """Write the modules that this world can change, in two trees, of which the first is empty."""
        for tree in self.trees:
            tree.mkdir(parents=True)
        # A list that zsh ties to an array by itself.
        lists = (("MANPATH", "/tool/man"),)
        write(self.tree / "mine", [Module(f"tool/{one}", sets={"TOOL": one}, prepends=lists) for one in ("1.0", "2.0")])
        write(self.tree / "mine", [Module("reader/1.0", lua=_READER["lua"], tcl=_READER["tcl"])])

    def record(self) -> None:
        """Build twice and record: the environment of the first build is the current one again at the end."""
        requirements = self.project.directory / "requirements.txt"
        for content in (REQUIREMENTS, "# before\n", REQUIREMENTS):
            requirements.write_text(content)
            for start in ("login", "more modules"):
                ran = self._run(self.starts[start], f"{driving.SOURCE} {shlex.join(WORDS)}", self.project.directory)
                assert ran.returncode == 0, ran.stderr

    def modulefile(self, name: str, tree: int = 1) -> Path:
        """Return the file of the module ``name``."""
        return self.trees[tree] / (f"{name}.lua" if self.language == "lua" else name)

    @contextmanager
    def around(self) -> Iterator[Around]:
        """Yield how all is now; what was changed is put back at the end."""
        these = Around(dict(self.starts["login"]), self.project.directory)
        try:
            yield these
        finally:
            for step in reversed(these.undo):
                step()

    def stale(self, these: Around) -> str:
        """Return what the record does that answers here and should not, or nothing."""
        self.examples += 1
        warm = self._warm(these)
        if warm is None:
            return ""
        self.warm += 1
        if {"--recreate", "--exact"} & {*these.words}:
            return "it should have been built anew"
        try:
            cold = self._cold(these)
        except VscVenvError as problem:
            return f"the core refuses: {problem}"
        return str(_differences(warm, cold) or "")

    def _start(self, text: str) -> dict[str, str]:
        use = f"module use {' '.join(map(shlex.quote, map(str, reversed(self.trees))))}"
        lines = "\n".join((use, text, self.shell.snapshot("start")))
        return self.shell.script(lines).environments["start"]

    def _probe(self) -> Path:
        """Return a shim whose core cannot be found."""
        probe = self.directory / "without core" / "vsc-venv"
        probe.parent.mkdir()
        probe.write_bytes(driving.CLONE.read_bytes())
        return probe

    def _run(self, environ: Mapping[str, str], text: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
        script = self.directory / "script"
        script.write_text(f"{text}\n")
        bare = ["--noprofile", "--norc"] if self.kind == "bash" else ["-f"]
        environ = {**environ, "PWD": str(cwd)}
        return subprocess.run(
            [self.kind, *bare, script], env=environ, cwd=cwd, capture_output=True, stdin=subprocess.DEVNULL, check=False
        )

    def _warm(self, these: Around) -> dict[str, str] | None:
        """Return the environment that a record makes, or None where none answers."""
        line = f"source {shlex.quote(str(self.probe))} {shlex.join(these.words)} && /usr/bin/env -0"
        ran = self._run(these.environ, line, these.cwd)
        pairs = (entry.partition("=")[::2] for entry in os.fsdecode(ran.stdout).split("\0") if "=" in entry)
        return dict(pairs) if ran.returncode == 0 else None

    def _cold(self, these: Around) -> dict[str, str]:
        """Return the environment that the core makes of what is built. Raises VscVenvError where it would build."""
        answer = self.directory / "answer"
        answer.touch()
        environ = {**these.environ, "PWD": str(these.cwd)}
        here = Path.cwd()
        os.chdir(these.cwd)
        try:
            with patch.object(remember, "keep"), patch.dict(os.environ, environ, clear=True):
                words = (*these.words, "--no-build")
                who = Caller(environ, driving.CLONE, answer, words)
                cli.cli.main(list(words), obj=who, standalone_mode=False)
        finally:
            os.chdir(here)
        return dict(Replay(Path(answer.read_text())).change.apply(environ))


_READER = {
    "lua": 'setenv("READ", os.getenv("VSC_READ") or "nothing")',
    "tcl": 'setenv READ [expr {[info exists env(VSC_READ)] ? $env(VSC_READ) : "nothing"}]',
}


def _differences(warm: Mapping[str, str], cold: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    found = driving.differences(warm, cold)
    # Lmod's table carries timings; and the marker leads to a file of the same content.
    return {name: pair for name, pair in found.items() if not name.startswith("_ModuleTable") and name != MARKER}
