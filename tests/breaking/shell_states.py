"""A shell in any state: what it was before it is afterwards."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from breaking.core import make_project, with_core
from testbed import state

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from pathlib import Path


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in re.split(r"[|\n]", text) if entry.strip()]


_WORDS = _listed("cd|rm|ls|mktemp|printf|read|export|unset|local|source|return|shift|eval|set")
_SET = _listed("-e|-u|-f|-a|-C|-k|-E|-T|-B|-H|+B|-o pipefail|-o posix|-o nolog|-b|-h|+h")
_SHOPT = _listed("""
    nullglob|failglob|dotglob|extglob|nocasematch|nocaseglob|globstar|expand_aliases|lastpipe|inherit_errexit|execfail
    checkwinsize|xpg_echo|localvar_inherit|localvar_unset|shift_verbose|gnu_errfmt|interactive_comments|sourcepath
    assoc_expand_once|globasciiranges|patsub_replacement
""")
_SETOPT = _listed("""
    err_exit|no_unset|no_glob|all_export|no_clobber|sh_word_split|ksh_arrays|glob_subst|null_glob|extended_glob|rc_quotes
    csh_junkie_quotes|csh_junkie_loops|posix_builtins|posix_identifiers|no_nomatch|warn_create_global|pipe_fail|err_return
    ksh_glob|bang_hist|rc_expand_param|no_multios|c_bases|magic_equal_subst|ksh_typeset|typeset_silent|sh_file_expansion
    local_options|local_traps|posix_aliases|no_function_argzero|no_short_loops|ignore_braces|no_equals|octal_zeroes
    path_dirs|auto_name_dirs
""")
_VALUES = (
    "",
    "x y",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "*",
    "a\nb",
    "-n",
    "\\",
    "~",
    "\udcff\udcfe",
    "é",
    "=ls",
    "!!",
    "%x",
)
# As ours, or as what we call.
_FUNCTIONS = _listed(
    "rm|mktemp|cat|ls|main|say|warm|cold|leave|run|note|fail|activate|command_not_found_handle|python|bash"
)
_LINES = {
    "bash": _listed(
        "exec 7<&0 8>/dev/null|sleep 0.1 & |CDPATH=/tmp:.|export BASH_ENV=/nonexistent|f() { :; }; export -f f"
    ),
    "zsh": _listed("exec 7<&0 8>/dev/null|sleep 0.1 & |cdpath=(/tmp .)|typeset -A path_of=(a b)|autoload -Uz colors"),
}
_LINES_OF_BOTH = _listed(r"""
    export LC_ALL=C|export POSIXLY_CORRECT=1|umask 027|export GREP_OPTIONS=-v LD_LIBRARY_PATH=/nonexistent|cd ../link
    export PYTHONPATH=/nonexistent PYTHONSTARTUP=/x PYTHONHASHSEED=0|export PIP_USER=1 VIRTUAL_ENV_DISABLE_PROMPT=1
    PS1='$(id)> '|export ODD=$'\xff\n*'|unset TMPDIR LANG|export PWD|TMOUT=0|export TERM=nonsense|OLDPWD=|unset LOGNAME
""")
_TRAPS = {"bash": ("ERR", "EXIT", "DEBUG", "RETURN", "USR1", "INT"), "zsh": ("ZERR", "EXIT", "DEBUG", "USR1", "INT")}


@dataclass(frozen=True)
class Driver:
    """Real shells of one ``kind`` in a project that has an environment and a record for these words."""

    kind: str
    scratch: Path
    directory: Path
    environ: Mapping[str, str]
    activate: str
    deactivate: str

    def try_state(self, chance: random.Random) -> None:
        """Activate, perhaps again, and leave, or fail to, in a shell of a random state, and compare all of it."""
        setup = random_state(self.kind, chance)
        fails, again = chance.randrange(20) == 0, chance.randrange(3) == 0
        active = f"{self.activate} || \\builtin echo WRONG"
        steps = [setup, self.dump("before"), *([active] if again else ())]
        if fails:
            steps.append(f"{self.activate.partition(' -r ')[0]} {self._failing(chance)} && \\builtin echo WRONG || :")
        else:
            steps.append(active)
        if again or not fails:
            steps += [self._check(), f"{self.deactivate} || \\builtin echo WRONG"]
        script = self.scratch / "script"
        script.write_text("\n".join([*steps, self.dump("after")]) + "\n", encoding="utf-8", errors="surrogateescape")
        self._run(script)

    def _failing(self, chance: random.Random) -> str:
        return chance.choice(("-r missing.txt", "-r", "--nonsense", "-r requirements.txt -m /"))

    def _check(self) -> str:
        return '\\builtin test -n "${VIRTUAL_ENV-}" || \\builtin echo WRONG'

    def dump(self, name: str) -> str:
        """Return shell text that dumps all of a shell as ``name``."""
        opened = f"\\builtin printf '%s\\n' /proc/$$/fd/* >| {shlex.quote(str(self._descriptors(name)))}"
        environment = state.environment_text(self.scratch, name, self.kind)
        return "\n".join((environment, state.state_text(self.scratch, name, self.kind), opened))

    def forget(self) -> None:
        """Remove what has been dumped."""
        for file in self.scratch.glob("*.*"):
            file.unlink()

    def leaks(self, before: str, after: str) -> dict[str, tuple[object, object]]:
        """Return what is not the same in two dumps."""
        states, environs = state.read_states(self.scratch), state.read_environments(self.scratch)
        opened = {name: {"descriptors": self._descriptors(name).read_bytes()} for name in (before, after)}
        parts = ({name: _flat(one) for name, one in states.items()}, environs, opened)
        return {name: pair for part in parts for name, pair in _differences(part[before], part[after]).items()}

    def _descriptors(self, name: str) -> Path:
        return self.scratch / f"{name}-descriptors"

    def _run(self, script: Path) -> None:
        self.forget()
        command = [self.kind, *(("--norc",) if self.kind == "bash" else ("-f",)), str(script), "one", "two three"]
        ended = subprocess.run(command, cwd=self.directory, env=dict(self.environ), capture_output=True, check=False)
        told = script.read_bytes().decode("utf-8", "replace") + ended.stderr.decode("utf-8", "replace")
        assert b"WRONG" not in ended.stdout, told
        assert set(state.read_states(self.scratch)) == {"before", "after"}, told
        leaks = self.leaks("before", "after")
        assert not leaks, f"{leaks}\n{told}"


def _flat(one: state.State) -> dict[str, str]:
    parts = asdict(one)
    named = {f"{what} {name}": text for what in ("functions", "variables") for name, text in parts.pop(what).items()}
    return named | parts


def _differences(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Return what is not the same, but for what every command changes."""
    names = (before.keys() | after.keys()) - {"_", "SHLVL"}
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def make_driver(kind: str, directory: Path, shim: Path) -> Driver:
    """Return shells of ``kind`` in a new project in ``directory``."""
    project = make_project(directory, directory / "home")
    environ = {**project.environ, **with_core(shim), "LOGNAME": "u", "SHELL": "/bin/sh"}
    scratch = directory / "scratch"
    scratch.mkdir()
    # The project again, by another name.
    (directory.parent / "link").symlink_to(directory.name)
    source = f". {shlex.quote(str(shim))}"
    return Driver(kind, scratch, directory, environ, f"{source} -a -r requirements.txt", f"{source} -d")


def random_state(kind: str, chance: random.Random) -> str:
    """Return shell text that brings a shell of ``kind`` into a random state."""
    lines = [f"{name}={_quoted(chance)}" for name in chance.sample(("FOO", "line", "name", "self", "st", "n"), 3)]
    lines += [f"readonly {name}={_quoted(chance)}" for name in chance.sample(("R1", "script", "answer", "kind"), 2)]
    lines += ["unset HOME"] * (chance.randrange(5) == 0)
    lines += [f"set -- {' '.join(_quoted(chance) for _ in range(chance.randrange(4)))}"]
    lines += [f"{word}() {{ echo FUNCTION; return 7; }}" for word in chance.sample(_FUNCTIONS, chance.randrange(3))]
    lines += chance.sample([*_LINES_OF_BOTH, *_LINES[kind]], chance.randrange(4))
    lines += [f"alias {word}={shlex.quote('echo ALIASED ')}" for word in chance.sample(_WORDS, chance.randrange(4))]
    lines += [f"trap : {signal}" for signal in chance.sample(_TRAPS[kind], chance.randrange(3))]
    lines += [f"IFS={shlex.quote(chance.choice((' ', '/', ':', '', 'a', chr(10))))}"] * chance.randrange(2)
    return "\n".join([*lines, _options(kind, chance)])


def _options(kind: str, chance: random.Random) -> str:
    if kind == "zsh":
        return f"setopt {' '.join(chance.sample(_SETOPT, chance.randrange(1, 7)))}"
    shopts = "".join(
        f"shopt -{chance.choice('su')} {name} 2>/dev/null || :\n" for name in chance.sample(_SHOPT, chance.randrange(6))
    )
    return shopts + "\n".join(f"set {option}" for option in chance.sample(_SET, chance.randrange(5)))


def _quoted(chance: random.Random) -> str:
    return shlex.quote(chance.choice(_VALUES))
