"""`--dry-run`: what would be done is what is done afterwards, and nothing is done yet."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import testbed
from driving import EACH, SOURCE, changes, differences, project

MODULES = "SciPy-bundle/2023.07-gfbf-2023a\n"
WORDS = "-r requirements.txt -m modules.txt"


def files(*roots: Path):
    return {str(path): path.lstat().st_mtime_ns for root in roots for path in [root, *root.rglob("*")]}


def told(text):
    """Return what a dry run printed, by name."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        name = line[:13].strip() or name
        found.setdefault(name, []).append(line[13:])
    return found


@pytest.mark.parametrize(("kind", "tool"), EACH)
def test_what_would_be_done_is_done_afterwards(tmp_path, kind, tool):
    here = project(tmp_path).write("icecream==2.1.3\nnumpy==1.26.4\n", MODULES)
    shell = here.shell(kind, tool, XDG_CACHE_HOME=str(tmp_path / "home" / ".cache"), UV_CACHE_DIR=None)
    core = Path(shell.env["XDG_CACHE_HOME"]) / "vsc-venv"
    core.mkdir(parents=True)
    (core / "core").symlink_to(testbed.shared_cache("xdg") / "vsc-venv" / "core")
    before = files(here.directory, shell.home)
    dry = f"{SOURCE} -a --dry-run {WORDS}"
    ran = shell.script(
        f"""
{shell.snapshot("before")}
{shell.state("before")}
{dry}
{shell.snapshot("after")}
{shell.state("after")}
""",
        "-eu",
    )
    assert ran.status == 0, ran.stderr
    assert files(here.directory, shell.home) == before
    assert differences(ran.environments["before"], ran.environments["after"]) == {}
    assert changes(ran.states["before"], ran.states["after"]) == {}
    foreseen = told(ran.stdout)
    assert foreseen["would"] == ["build: there is none yet"]
    assert MODULES.strip() in foreseen["modules"]
    built = shell.script(f"{SOURCE} -a {WORDS}")
    assert built.status == 0, built.stderr
    record = json.loads((here.directory / "venvs/venv-RHEL8-zen2/vsc-venv.json").read_text())
    assert foreseen["install"] == [f"{name} {version}" for name, version in record["installed"].items()]
    assert foreseen["python"][0].split()[0] == record["python"]["version"]
    before = files(here.directory)
    again = shell.script(dry)
    assert told(again.stdout)["would"] == ["replay its record: nothing has changed"], again.stderr
    assert "install" not in told(again.stdout)
    assert files(here.directory) == before


@pytest.fixture
def built(tmp_path):
    """Return a project with an environment, and how to say what would be done in it."""
    here = project(tmp_path).write("icecream==2.1.3\n")
    shell = here.shell("bash", "lmod")
    assert shell.script(f"{SOURCE} -a {WORDS}").status == 0

    def dry(text, status=0):
        ran = shell.script(text.replace("vsc-venv ", f"{SOURCE.removeprefix('source ')} "))
        assert ran.status == status, ran.stderr
        return told(ran.stdout) if status == 0 else ran.stderr

    return here, dry


def test_each_reason(built):
    here, dry = built
    first = here.directory / "venvs/.vsc-venv/RHEL8-zen2/1"
    assert dry(f"vsc-venv -a --dry-run {WORDS}")["would"] == ["replay its record: nothing has changed"]
    assert dry("vsc-venv prepare --dry-run")["would"] == ["enter the current build"]
    assert dry(f"vsc-venv prepare --dry-run --recreate {WORDS}")["would"] == ["build: --recreate"]
    run = f"vsc-venv run --dry-run {WORDS} -- touch made"
    assert dry(run)["would"] == ["enter the current build"]
    here.write("icecream==2.1.2\n")
    assert dry(run)["would"] == ["build: requirements.txt changed: icecream 2.1.3 → 2.1.2"]
    assert "icecream 2.1.2" in dry(run)["install"]
    assert "--no-build forbids" in dry(f"vsc-venv prepare --dry-run --no-build {WORDS}", status=1)
    assert not (here.directory / "made").exists()
    assert [one.name for one in first.parent.iterdir() if one.name.isdigit()] == ["1"]
    assert dry("vsc-venv run " + WORDS + " true") == {}
    here.write("icecream==2.1.3\n")
    assert dry(run)["would"] == [f"go back to {first}, which answers this"]


def test_what_fails_fails_as_it_would(built):
    here, dry = built
    here.write("there-is-no-such-thing-as-this==1.0\n")
    assert "there-is-no-such-thing-as-this" in dry(f"vsc-venv prepare --dry-run {WORDS}", status=1)
    here.write("icecream\n", "nosuch/1.0\n")
    assert "modules.txt:1" in dry(f"vsc-venv prepare --dry-run {WORDS}", status=1)
    assert "--dry-run goes with --activate" in dry("vsc-venv -d --dry-run", status=2)


def test_by_pip_it_is_not_known_what(built):
    here, dry = built
    here.write("icecream==2.1.2\n")
    assert re.match("what pip resolves", dry(f"vsc-venv prepare --dry-run --installer pip {WORDS}")["install"][0])
