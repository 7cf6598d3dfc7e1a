"""When a recorded change may be replayed: conditions that a shell checks by itself, with builtins only.

All of them hold or the core decides. Files that a request names are compared byte for byte; those of the site
(modulefiles, the modules tool, the interpreter) by their modification time, which must be the very same.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import environ as env
from vscvenv import host
from vscvenv.messages import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vscvenv.environ import Change
    from vscvenv.reading.inputs import Input

# Kept by the modules tools for themselves. Lmod's table carries timings, so that it differs where nothing else does;
# what it says is compared by the variables that name the loaded modules.
_PRIVATE = ("_ModuleTable", "__LMOD_REF_COUNT_", "__MODULES_")
_OF_MODULES = ("LOADEDMODULES", "MODULEPATH", "_LMFILES_")


@dataclass(frozen=True)
class Conditions:
    """What must be as it was for a change to be replayed without asking the core."""

    words: tuple[str, ...]
    """The command line as typed."""
    directory: str
    """Where it was typed, as the shell calls it."""
    variables: Mapping[str, Optional[str]]
    """Values that the shell's variables must have; None: unset."""
    link: Path
    """The link to the current generation."""
    generation: Path
    inputs: tuple[Input, ...]
    unchanged: tuple[Path, ...]
    """Files and directories whose modification time must be the same."""
    cpu: str
    os_release: str


def conditions(
    words: tuple[str, ...],
    environ: Mapping[str, str],
    change: Change,
    *,
    link: Path,
    generation: Path,
    inputs: tuple[Input, ...],
    site_files: Iterable[str],
) -> Optional[Conditions]:
    """Return the conditions for replaying ``change``, or None where a shell cannot check them.

    That is where a file or a word holds a password, which no record may, or bytes that no shell variable can.
    """
    if any(one.redacted != one.content or b"\0" in one.content for one in inputs) or any(map(_is_secret, words)):
        return None
    variables = {name: value for name, value in change.before.items() if not name.startswith(_PRIVATE)}
    variables |= {name: environ.get(name) for name in _OF_MODULES}
    return Conditions(
        words=words,
        directory=environ.get("PWD", ""),
        variables=variables,
        link=link,
        generation=generation,
        inputs=inputs,
        unchanged=tuple(sorted({Path(name) for name in site_files if Path(name).exists()})),
        cpu=host.cpu_signature(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="surrogateescape")),
        os_release=Path("/etc/os-release").read_text(encoding="utf-8", errors="surrogateescape"),
    )


def _is_secret(word: str) -> bool:
    return redact(word) != word


def render(these: Optional[Conditions], stamps: Path) -> str:
    """Return the top of a script that returns 1 unless ``these`` hold; it is skipped where the core has just decided.

    ``stamps`` is where files lie that carry the modification times; ``stamp`` makes them.
    """
    if these is None:
        return '[ "$__vsc_how" = cold ] || \\builtin return 1\n'
    tests = "".join(f"    {test} || \\builtin return 1\n" for test in _tests(these, stamps))
    return f'if [ "$__vsc_how" != cold ]; then\n{tests}fi\n'


def _tests(these: Conditions, stamps: Path) -> Iterator[str]:
    quote = shlex.quote
    yield from _words(these.words)
    yield f'[ "$PWD" = {quote(these.directory)} ]'
    for name, value in sorted(these.variables.items()):
        yield f'[ -z "${{{name}+set}}" ]' if value is None else f'[ "${{{name}-unset}}" = {quote(value)} ]'
    yield f"[ {quote(str(these.link))} -ef {quote(str(these.generation))} ]"
    for one in these.inputs:
        yield f'__vsc_venv_read {quote(str(one.path))} && [ "$__vsc_text" = {quote(os.fsdecode(one.content))} ]'
    yield f'__vsc_venv_read /etc/os-release && [ "$__vsc_text" = {quote(these.os_release)} ]'
    yield f'__vsc_venv_cpu && [ "$__vsc_text" = {quote(these.cpu)} ]'
    for path in these.unchanged:
        stamp, file = quote(str(stamps / _stamp_name(path))), quote(str(path))
        yield f"[ ! {file} -nt {stamp} ] && [ ! {file} -ot {stamp} ]"


def _words(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the tests of the words typed; those of `run` are followed by any command, which begins with no option."""
    count = len(words)
    runs = words[:1] == ("run",)
    yield f'[ "$#" {"-gt" if runs else "="} {count} ]'
    for number, word in enumerate(words, start=1):
        yield f'[ "${{{number}}}" = {shlex.quote(word)} ]'
    if runs:
        yield f'case ${{{count + 1}}} in --) [ "$#" -gt {count + 1} ] ;; -*) \\builtin false ;; esac'
        yield f'[ -n "${{__vsc_words-}}" ] && __vsc_words={count}'


def stamp(these: Conditions, stamps: Path) -> bool:
    """Make the files that carry the modification times; tell whether this file system can carry them exactly."""
    stamps.mkdir(parents=True, exist_ok=True)
    for path in these.unchanged:
        time = path.stat().st_mtime_ns
        carrier = stamps / _stamp_name(path)
        if not carrier.exists():
            carrier.touch()
            os.utime(carrier, ns=(time, time))
        if carrier.stat().st_mtime_ns != time:
            return False
    return True


def _stamp_name(path: Path) -> str:
    return str(path.stat().st_mtime_ns)


def site_files(environ: Mapping[str, str], tool_command: Optional[str], python: Iterable[str]) -> Iterator[str]:
    """Yield the site's files and directories that decide what loading the same modules gives, and its Python."""
    for file in env.paths(environ.get("_LMFILES_")):
        yield file
        yield str(Path(file).parent)
    yield from env.paths(environ.get("MODULEPATH"))
    if tool_command:
        yield tool_command
    for variable in ("LMOD_RC", "LMOD_MODULERCFILE", "MODULERCFILE", "LMOD_PACKAGE_PATH", "LMOD_ADMIN_FILE"):
        yield from env.paths(environ.get(variable))
    yield from python
