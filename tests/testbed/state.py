"""What a shell is at one point of a script, written by builtins only and read back for before / after comparison."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# They change by themselves, or with any command at all.
_VOLATILE = re.compile(
    r"_|BASHOPTS|BASHPID|COMP_WORDBREAKS|DIRSTACK|GROUPS|BASH_(ALIASES|ARG[CV]0?|CMDS|COMMAND|LINENO|SUBSHELL)|COLUMNS"
    r"|EPOCH\w+|FUNCNAME|HISTCMD|LINENO|LINES|PIPESTATUS"
    r"|RANDOM|SECONDS|SRANDOM|TTY|TTYIDLE|commands|dirstack|errnos|func\w+|history\w*|job\w+|pipestatus|status"
    r"|[!#$*?@0-9-]+|argv|zsh_\w+|ZSH_(ARGZERO|EXECUTION_STRING)|epochtime|parameters|options|aliases|modules"
)

_BASH = {
    "functions": "declare -f",
    "aliases": "alias",
    "options": "{ \\builtin set +o; \\builtin shopt -p; }",
    "traps": "trap",
    "variables": "declare -p",
}
_ZSH = {
    "functions": "typeset -f",
    "aliases": "alias -L",
    "options": "set -o",
    "traps": "trap",
    "variables": "typeset -p",
}
_BOTH = {"arguments": "printf '%s\\0' \"$@\"", "directory": "pwd", "umask": "umask"}

_HEADS = {
    "functions": re.compile(r"^(\S+) \(\) ?\{?\s*$", re.MULTILINE),
    "variables": re.compile(r"^(?:declare|typeset|export)\s(?:-\S+\s)*([^\s=]+)", re.MULTILINE),
}


@dataclass(frozen=True)
class State:
    """All of a shell that is not its exported environment; functions and variables by name, as the shell says."""

    functions: dict[str, str]
    variables: dict[str, str]
    aliases: str
    options: str
    traps: str
    arguments: str
    directory: str
    umask: str


def environment_text(directory: Path, name: str, kind: str) -> str:
    """Return shell text that dumps the exported environment as ``name``."""
    into = {"fish": ">", "tcsh": ">!"}.get(kind, ">|")
    return f"/usr/bin/env -0 {into} {_file(directory, name, 'environment')}"


def state_text(directory: Path, name: str, kind: str) -> str:
    """Return shell text that dumps the shell's state as ``name``; it changes nothing and fails never."""
    commands = {**(_BASH if kind == "bash" else _ZSH), **_BOTH}
    return "; ".join(
        f"{command if command[0] == '{' else chr(92) + 'builtin ' + command} >| {_file(directory, name, what)} || :"
        for what, command in commands.items()
    )


def read_environments(directory: Path) -> dict[str, dict[str, str]]:
    """Return every environment dumped into ``directory``, by name."""
    return {file.stem: _environment(file) for file in directory.glob("*.environment")}


def read_states(directory: Path) -> dict[str, State]:
    """Return every state dumped into ``directory``, by name."""
    return {file.stem: _state(directory, file.stem) for file in directory.glob("*.functions")}


def _file(directory: Path, name: str, what: str) -> str:
    return shlex.quote(str(directory / f"{name}.{what}"))


def _environment(file: Path) -> dict[str, str]:
    entries = os.fsdecode(file.read_bytes()).split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _state(directory: Path, name: str) -> State:
    texts = {file.suffix[1:]: os.fsdecode(file.read_bytes()) for file in directory.glob(f"{name}.*")}
    texts.pop("environment", None)
    variables = _split("variables", texts.pop("variables"))
    kept = {key: text for key, text in variables.items() if not (_VOLATILE.fullmatch(key) or _is_exported(text))}
    return State(functions=_split("functions", texts.pop("functions")), variables=kept, **texts)


def _split(what: str, text: str) -> dict[str, str]:
    heads = list(_HEADS[what].finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return {head[1]: text[head.start() : end] for head, end in zip(heads, ends)}


def _is_exported(declaration: str) -> bool:
    words = declaration.split("=", 1)[0].split()
    return words[0] == "export" or any(word.startswith("-") and "x" in word for word in words[1:])
