"""What the documentation tells its reader to type, and what it says will be seen.

Blocks marked ``sh`` and ``console`` are run, those of a page one after the other in one shell, in a project that has
the files of docs/examples: every ``sh`` block must succeed, and what a ``console`` block shows must be printed, in this
order, "…" standing for anything. A comment before a block says where it differs: ``<!-- slurm -->``, the page needs a
scheduler; ``<!-- not run: WHY -->``, it cannot be run in a test.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import process

if TYPE_CHECKING:
    import testbed

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCED = re.compile(r"(?:^<!-- ([^>]*) -->\n)?^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^(?:\([^)]*\) )?\$ (.*)$")
_MARK = "@@"


def named(page: Path) -> str:
    """Return how a message names ``page``."""
    return str(page.relative_to(ROOT))


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, and what the comment before it says."""

    mark: str
    language: str
    text: str
    line: int

    @property
    def is_run(self) -> bool:
        return self.language in {"sh", "console"} and not self.mark.startswith("not run")


@dataclass
class Step:
    """Something to be run, and what it must print."""

    text: str
    line: int
    may_fail: bool
    shown: list[str]


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of ``page``."""
    content = page.read_text("utf-8")
    return [
        Block(found[1] or "", found[2], found[3], content.count("\n", 0, found.start(3)) + 1)
        for found in FENCED.finditer(content)
    ]


def needs_slurm(page: Path) -> bool:
    """Return whether ``page`` can be run only where there is a scheduler."""
    return any(block.mark == "slurm" for block in blocks(page))


def steps(page: Path) -> list[Step]:
    """Return what is to be run of ``page``."""
    found: list[Step] = []
    for block in filter(lambda one: one.is_run, blocks(page)):
        if block.language == "sh":
            found.append(Step(block.text, block.line, may_fail=False, shown=[]))
        else:
            found += _console(block)
    return found


def _console(block: Block) -> list[Step]:
    found: list[Step] = []
    for number, text in enumerate(block.text.splitlines(), start=block.line):
        if typed := _TYPED.match(text):
            found.append(Step(f"{typed[1]}\n", number, may_fail=True, shown=[]))
        else:
            found[-1].shown.append(text)
    return found


def make_project(directory: Path) -> None:
    """Make ``directory`` the project in which pages are run: the examples' files, and what they name."""
    shutil.copytree(ROOT / "docs/examples", directory, dirs_exist_ok=True)
    (directory / "shell").symlink_to(ROOT / "shell")
    shutil.copytree(ROOT / "docs/examples", directory / "docs/examples")
    _publish(directory / "THIS-REPOSITORY")


def _publish(directory: Path) -> None:
    """Make ``directory`` a repository of this program, to be cloned as the tutorial has it."""
    for name in ("shell", "vscvenv"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, directory)
    git = ("git", "-C", directory, "-c", "user.name=t", "-c", "user.email=t@example.org")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message=All")):
        process.run((*git, *words), env={"PATH": "/usr/bin:/bin", "HOME": str(directory)})


def run(page: Path, shell: testbed.Shell) -> None:
    """Do what ``page`` says in ``shell``, and compare what is printed with what it shows."""
    todo = steps(page)
    ran = shell.script(_script(todo))
    outputs = dict(re.findall(rf"^{_MARK}(\d+)\n(.*?)(?=\n{_MARK}|\Z)", ran.stdout, re.MULTILINE | re.DOTALL))
    assert len(outputs) == len(todo) + 1, f"{named(page)}: ended with {ran.status} behind\n{ran.stdout[-2000:]}"
    for number, step in enumerate(todo):
        printed = outputs[str(number)]
        assert not _missing(step.shown, printed), f"{named(page)}:{step.line}: printed was\n{printed}"


def _script(todo: list[Step]) -> str:
    parts = ["exec 2>&1\n"]
    for number, step in enumerate(todo):
        parts.append(f"printf '\\n{_MARK}{number}\\n'\n")
        parts.append(step.text if step.may_fail else f"set -e\n{step.text}set +e\n")
    return "".join([*parts, f"printf '\\n{_MARK}{len(todo)}\\n'\n"])


def _missing(shown: list[str], printed: str) -> list[str]:
    """Return the lines of `shown` that were not printed, in their order."""
    rest = iter(printed.splitlines())
    patterns = [re.compile(".*".join(map(re.escape, line.rstrip().split("…")))) for line in shown]
    return [
        line for line, pattern in zip(shown, patterns) if not any(pattern.fullmatch(each.rstrip()) for each in rest)
    ]
