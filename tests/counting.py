"""What a piece of shell script costs, in numbers that do not depend on the machine: counted by strace."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import testbed

_CALL = re.compile(r"^\d+ +(\w+)\(")
_MARKS = ("/counting/from/here", "/counting/to/here")
_STARTS = frozenset({"clone", "clone3", "fork", "vfork"})
_OF_FILES = frozenset(
    (
        *("access", "chdir", "close", "faccessat", "faccessat2", "fstat", "getdents64", "lseek", "lstat", "newfstatat"),
        *("open", "openat", "pread64", "read", "readlink", "readlinkat", "stat", "statx", "write"),
    )
)
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|^\d+ +(?:rename|unlink|mkdir|symlink|link|utime|chmod|flock)\w*\(")
# bash asks for its terminal as it starts.
_NOWHERE = re.compile(r'"/dev/(?:null|tty)"')


@dataclass(frozen=True)
class Costs:
    """How many processes, Pythons and programs were started, how many calls were about files, and which wrote."""

    processes: int
    pythons: int
    programs: int
    file_calls: int
    writes: tuple[str, ...]


def count(shell: testbed.Shell, before: str, text: str) -> Costs:
    """Run ``before`` and then ``text`` in ``shell`` after its login, and return what ``text`` cost."""
    looks = [f"if ( -e {mark} ) set status = 1" if shell.kind == "tcsh" else f"[ -e {mark} ]" for mark in _MARKS]
    marked = "\n".join((shell.login(), before, looks[0], text, looks[1], ":"))
    script = shell.scratch / "counted"
    shell.scratch.mkdir(parents=True, exist_ok=True)
    script.write_text(marked + "\n", "utf-8")
    trace = shell.scratch / "trace"
    command = ["strace", "-f", "-qq", "-s", "200", "-o", trace, shell.kind, *_bare(shell.kind), script]
    subprocess.run(command, env=shell.environment(), cwd=shell.cwd, check=True, capture_output=True)
    return _costs(trace.read_text("utf-8", "replace").splitlines())


def is_warm(shell: testbed.Shell, text: str, before: str = "") -> bool:
    """Tell whether ``text`` starts no process, as an activation from its record."""
    return count(shell, before, text).processes == 0


def _bare(kind: str) -> tuple[str, ...]:
    return {"bash": ("--noprofile", "--norc"), "fish": ("--no-config",)}.get(kind, ("-f",))


def _costs(lines: list[str]) -> Costs:
    first, last = (
        next(i for i, line in enumerate(lines) if f'"{mark}"' in line and "read(" not in line) for mark in _MARKS
    )
    between = lines[first + 1 : last]
    calls = [(found[1], line) for line in between if (found := _CALL.match(line))]
    return Costs(
        processes=sum(name in _STARTS and "CLONE_THREAD" not in line for name, line in calls),
        pythons=sum(name == "execve" and "python" in line.split(",")[0] for name, line in calls),
        programs=sum(name == "execve" for name, _ in calls),
        file_calls=sum(name in _OF_FILES for name, _ in calls),
        writes=tuple(line for _, line in calls if _WRITING.search(line) and not _NOWHERE.search(line)),
    )
