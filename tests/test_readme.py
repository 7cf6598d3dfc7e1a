"""The documentation, done as it is read, its links, and the site made of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import pages
import testbed
from pages import PAGES, ROOT, named

LANGUAGES = {"bash", "console", "sh", "text", "toml", "json", "tcsh", "fish", "lua", "tcl"}
NOT_RUN = {
    "CONTRIBUTING.md": 2,
    "README.md": 1,
    "docs/explanation/warm-path.md": 1,
    "docs/how-to/benchmarks.md": 3,
    "docs/how-to/install-options.md": 4,
}
"""Of which pages how many commands cannot be run."""
ELSEWHERE = {"install-for-a-site.md"}
"""What tests of their own run."""
RUN = [
    (page, kind)
    for page in PAGES
    if pages.steps(page) and not pages.needs_slurm(page) and page.name not in ELSEWHERE
    for kind in (("bash", "zsh") if page.name == "README.md" else ("bash",))
]


@pytest.mark.parametrize(("page", "kind"), RUN, ids=lambda value: named(value) if isinstance(value, Path) else value)
def test_what_is_shown_is_what_happens(page, kind, empty_home, tmp_path, site):
    pages.make_project(tmp_path / "project")
    env = {
        "PATH": f"{site.clone.parent}:/usr/bin:/bin",
        "XDG_CACHE_HOME": str(testbed.shared_cache("xdg")),
        "VIRTUAL_ENV_DISABLE_PROMPT": "1",
    }
    scratch, cwd = tmp_path / "dumps", tmp_path / "project"
    pages.run(page, testbed.Shell(kind=kind, tool="lmod", scratch=scratch, home=empty_home, cwd=cwd, env=env))


def test_few_commands_are_not_run():
    left_out = {named(page): [block for block in pages.blocks(page) if "not run" in block.mark] for page in PAGES}
    assert {name: len(found) for name, found in left_out.items() if found} == NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_block_says_what_it_is(page):
    for block in pages.blocks(page):
        assert block.language in LANGUAGES, f"{named(page)}:{block.line}"
        # tests/slurm/test_scripts.py runs these.
        assert block.language != "bash" or block.text.startswith("#!/bin/bash -l\n"), f"{named(page)}:{block.line}"
        assert not block.mark or block.mark == "slurm" or block.mark.startswith("not run: "), (
            f"{named(page)}:{block.line}"
        )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    text = pages.FENCED.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{named(page)}: {target}"
            assert not anchor or anchor in anchors(file), f"{named(page)}: {target}"


def anchors(page):
    """Return the anchors of `page`, as GitHub makes them of headings."""
    titles = re.findall(r"^#+ (.*)$", pages.FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
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


def test_the_site_is_built_without_a_warning(tmp_path):
    """A broken link, an anchor that is not there, a page that docs/index.md does not list: all are errors."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"]
    built = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    made = {str(page.relative_to(tmp_path / "site").with_suffix(".md")) for page in (tmp_path / "site").rglob("*.html")}
    assert {str(page.relative_to(ROOT / "docs")) for page in PAGES if page.is_relative_to(ROOT / "docs")} <= made
    for page in (tmp_path / "site").rglob("*.html"):
        text = re.sub(r"<(pre|code)\b.*?</\1>", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"^(- |```|\|)", text, re.MULTILINE), f"{page.name}: not a list, a block or a table here"


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("docs/options.py", "docs/reference/options.md"),
        ("docs/configuration.py", "docs/reference/configuration.md"),
        ("docs/manpage.py", "man/vsc-venv.1"),
        ("docs/words.py", "shell/words"),
    ],
)
def test_what_is_written_from_the_program_is_current(script, file):
    command = [sys.executable, script]
    written = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert (ROOT / file).read_text("utf-8") == written, f"python {script} > {file}"


def test_the_architecture_names_every_module():
    page = (ROOT / "docs/explanation/architecture.md").read_text()
    files = {one.stem for one in (ROOT / "vscvenv").glob("*.py") if not one.name.startswith("__")}
    packages = {f"{one.parent.name}/" for one in (ROOT / "vscvenv").glob("*/__init__.py")}
    rows = re.findall(r"^\| (.+?) \|", page, re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} == {*files, *packages, "data/", "where"}


def test_the_manual_page_is_sound():
    command = ["man", "--warnings", "--local-file", "-Tutf8", "man/vsc-venv.1"]
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=env)
    assert shown.stderr == ""
    assert "vsc-venv jobscript [OPTIONS] [--] [COMMAND...]" in re.sub("\\s+", " ", re.sub(".\b", "", shown.stdout))


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
