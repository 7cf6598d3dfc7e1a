"""The documentation, done as it is read: real shells, a real modules tool, the example's files.

Blocks marked ``sh`` and ``console`` are run, those of a page one after the other in one shell on a login node, in a
project that has the files of docs/examples; every ``sh`` block must succeed, and what a ``console`` block shows must be
printed, in this order, "…" standing for anything. Blocks with another word behind the language, as in ``sh cluster``,
need what the testbed does not have.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import testbed

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^(?:\([^)]*\) )?\$ (.*)$")
MARK = "@@"


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@dataclass
class Step:
    """Something to be run, and what it must print."""

    text: str
    line: int
    may_fail: bool
    shown: list[str]


def steps(page: Path) -> list[Step]:
    content = page.read_text("utf-8")
    found: list[Step] = []
    for block in FENCED.finditer(content):
        line = content.count("\n", 0, block.start()) + 2
        if block[1] == "sh":
            found.append(Step(block[2], line, may_fail=False, shown=[]))
        elif block[1] == "console":
            found += _console(block[2], line)
    return found


def _console(block: str, line: int) -> list[Step]:
    found: list[Step] = []
    for number, text in enumerate(block.splitlines(), start=line):
        if typed := TYPED.match(text):
            found.append(Step(f"{typed[1]}\n", number, may_fail=True, shown=[]))
        else:
            found[-1].shown.append(text)
    return found


def script(todo: list[Step]) -> str:
    parts = ["exec 2>&1\n"]
    for number, step in enumerate(todo):
        parts.append(f"printf '\\n{MARK}{number}\\n'\n")
        parts.append(step.text if step.may_fail else f"set -e\n{step.text}set +e\n")
    return "".join([*parts, f"printf '\\n{MARK}{len(todo)}\\n'\n"])


def missing(shown: list[str], printed: str) -> list[str]:
    """Return the lines of `shown` that were not printed, in their order."""
    rest = iter(printed.splitlines())
    patterns = [re.compile(".*".join(map(re.escape, line.rstrip().split("…")))) for line in shown]
    return [
        line for line, pattern in zip(shown, patterns) if not any(pattern.fullmatch(each.rstrip()) for each in rest)
    ]


RUN = [
    (page, kind)
    for page in PAGES
    if steps(page)
    for kind in (("bash", "zsh") if page.name == "README.md" else ("bash",))
]


@pytest.mark.parametrize(("page", "kind"), RUN, ids=lambda value: named(value) if isinstance(value, Path) else value)
def test_what_is_shown_is_what_happens(page, kind, empty_home, tmp_path, site):
    project = tmp_path / "project"
    shutil.copytree(ROOT / "docs/examples", project)
    for name in ("shell", "docs"):
        (project / name).symlink_to(ROOT / name)
    env = {
        "PATH": f"{site.clone.parent}:/usr/bin:/bin",
        "XDG_CACHE_HOME": str(testbed.shared_cache("xdg")),
        "VIRTUAL_ENV_DISABLE_PROMPT": "1",
    }
    shell = testbed.Shell(kind=kind, tool="lmod", scratch=tmp_path / "dumps", home=empty_home, cwd=project, env=env)
    todo = steps(page)
    ran = shell.script(script(todo))
    outputs = dict(re.findall(rf"^{MARK}(\d+)\n(.*?)(?=\n{MARK}|\Z)", ran.stdout, re.MULTILINE | re.DOTALL))
    assert len(outputs) == len(todo) + 1, f"{named(page)}: ended with {ran.status} behind\n{ran.stdout[-2000:]}"
    for number, step in enumerate(todo):
        printed = outputs[str(number)]
        assert not missing(step.shown, printed), f"{named(page)}:{step.line}: printed was\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    text = FENCED.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{named(page)}: {target}"
            assert not anchor or anchor in anchors(file), f"{named(page)}: {target}"


def anchors(page: Path) -> set[str]:
    """Return the anchors of `page`, as GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_can_be_reached_from_the_readme():
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
        todo += [(page.parent / link).resolve() for link in links if not re.match(r"[a-z]+:", link)]
    assert set(PAGES) <= seen


def test_the_list_of_options_is_current():
    written = subprocess.run(
        [sys.executable, ROOT / "docs/options.py"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert (ROOT / "docs/reference/options.md").read_text("utf-8") == written, (
        "python docs/options.py > docs/reference/options.md"
    )


def test_what_lies_beside_it():
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    version = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    shown = subprocess.run(
        [sys.executable, "-c", "import vscvenv; print(vscvenv.__version__)"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert version is not None
    assert version[1] == shown.strip()
