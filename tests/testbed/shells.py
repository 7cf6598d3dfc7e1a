"""Real shells under real modules tools, as after a login: the tool's init sourced, the cluster's module loaded."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Optional

from testbed import store
from testbed.sites import site
from testbed.state import State, environment_text, read_environments, read_states, state_text
from testbed.terminal import Terminal
from vscvenv.process import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from testbed.tools import Kind, Tool

# Left by a script whose login already failed; no test should take it for its own.
LOGIN_FAILED = 97
# bash and zsh read none of the user's for a script, or only one that a home in the tests does not have.
WITHOUT_STARTUP_FILES: dict[Kind, tuple[str, ...]] = {"bash": (), "zsh": (), "fish": ("--no-config",), "tcsh": ("-f",)}


@dataclass(frozen=True)
class Ran:
    """A script that has ended: its status, what it printed, and what it dumped by name."""

    status: int
    stdout: str
    stderr: str
    environments: dict[str, dict[str, str]]
    states: dict[str, State]


@dataclass(frozen=True)
class Shell:
    """A ``kind`` of shell with a modules ``tool``, a user's ``home`` and ``cwd``.

    ``env`` is laid over the site's environment (None removes); ``cluster`` None leaves out the cluster's module;
    ``scratch`` receives scripts and dumps and must not be the home.
    """

    kind: Kind
    tool: Tool
    scratch: Path
    home: Path
    cwd: Optional[Path] = None
    env: Mapping[str, Optional[str]] = field(default_factory=dict)
    cluster: Optional[str] = "alpha"

    def snapshot(self, name: str) -> str:
        """Return shell text that dumps the exported environment to ``environments[name]``."""
        return environment_text(self.scratch, name, self.kind)

    def state(self, name: str) -> str:
        """Return shell text that dumps functions, aliases, options, traps and the like to ``states[name]``."""
        return state_text(self.scratch, name, self.kind)

    def script(self, text: str, options: str = "", arguments: tuple[str, ...] = ()) -> Ran:
        """Run ``text`` as a script file after the login, under ``set OPTIONS``, with ``arguments`` as ``$@``."""
        self._forget()
        parts = [self.login(), f"set {options}" if options else "", text]
        file = self._write("script", "\n".join([*parts, ""]))
        ended = run(
            (store.program(self.kind, self.kind), *WITHOUT_STARTUP_FILES[self.kind], file, *arguments),
            env=self.environment(),
            cwd=self.cwd or self.home,
            check=False,
        )
        return Ran(ended.code, ended.output, ended.messages, self.environments, self.states)

    def interactive(self) -> Terminal:
        """Return a shell at its prompt on a terminal, after the login; close it, or use ``with``."""
        terminal = Terminal(self.kind, self.environment(), self.cwd or self.home)
        self._forget()
        login = self._write("login", self.login())
        terminal.run(f". {shlex.quote(str(login))}")
        return terminal

    def environment(self) -> dict[str, str]:
        """Return the environment in which the shell is started."""
        merged = {**site().environment(self.tool, self.home), **self.env}
        return {name: value for name, value in merged.items() if value is not None}

    def logged_in(self) -> dict[str, str]:
        """Return the exported environment after the login, for code that takes an environment as data."""
        return self.script(self.snapshot("login")).environments["login"]

    def login(self) -> str:
        """Return the shell text of the login."""
        init = site().init_file(self.tool, self.kind)
        if init is None:
            return ""
        # As an alias of tcsh, `module` may end with a semicolon.
        fail = f"\nif ( $status ) exit {LOGIN_FAILED}" if self.kind == "tcsh" else f" || exit {LOGIN_FAILED}"
        load = f"module load cluster/{self.cluster}{fail}" if self.cluster else ""
        return f"source {shlex.quote(str(init))}\n{load}"

    @property
    def environments(self) -> dict[str, dict[str, str]]:
        """The environments dumped by the last script or in the interactive shell."""
        return read_environments(self.scratch)

    @property
    def states(self) -> dict[str, State]:
        """The states dumped by the last script or in the interactive shell."""
        return read_states(self.scratch)

    def _forget(self) -> None:
        self.scratch.mkdir(parents=True, exist_ok=True)
        for file in self.scratch.glob("*.*"):
            file.unlink()

    def _write(self, name: str, text: str) -> Path:
        file = self.scratch / name
        file.write_text(text, "utf-8")
        return file
