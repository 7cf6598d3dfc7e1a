"""`vsc-venv python`: a Python that starts where no module is loaded."""

from __future__ import annotations

import shlex

import pytest

from driving import SHIM
from vscvenv import process

IMPORTS = "import numpy, bs4, sys; print(numpy.__version__, numpy.__file__, sys.prefix)"


@pytest.fixture
def shell_kind():
    return "bash"


@pytest.fixture
def inputs(project):
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\n")
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    return project


@pytest.fixture
def launcher(shell, inputs):
    ran = shell.script(f"{SHIM} python -r requirements.txt -m modules.txt --link .venv")
    assert ran.status == 0, ran.stderr
    return inputs, ran.stdout.strip()


def test_it_starts_in_an_empty_environment(launcher):
    directory, path = launcher
    assert path == f"{directory}/venvs/venv-RHEL8-zen2/launcher/bin/python"
    direct = process.run((f"{directory}/venvs/venv-RHEL8-zen2/bin/python", "-c", "0"), env={}, check=False)
    assert direct.code == 127, "the module's Python needs its module"
    for name in (path, str(directory / ".venv/bin/python")):
        ended = process.run((name, "-c", IMPORTS), env={})
        version, file, prefix = ended.output.strip().split(" /")
        assert version == "1.25.1"
        assert "SciPy-bundle" in file
        assert f"/{prefix}" == f"{directory}/venvs/.vsc-venv/RHEL8-zen2/1"
    assert (directory / ".venv/pyvenv.cfg").exists()


@pytest.mark.parametrize("before", ["SciPy-bundle/2023.07-gfbf-2023a", "SciPy-bundle/2024.05-gfbf-2024a"])
def test_whatever_modules_were_loaded_where_it_was_made(shell, inputs, clone, empty_home, before):
    """And so is an environment that is entered without a modules tool, as a kernel does."""
    words = "-r requirements.txt -m modules.txt"
    ran = shell.script(f"module load {before}\nexport PYTHONPATH=/of/that/shell:$PYTHONPATH\n{SHIM} python {words}")
    assert ran.status == 0, ran.stderr
    bare = {"HOME": str(empty_home), "VSC_OS_LOCAL": "RHEL8", "VSC_ARCH_LOCAL": "zen2"}
    bare["XDG_CACHE_HOME"] = shell.environment()["XDG_CACHE_HOME"]
    show = "import sys, os; print(*(name in os.environ.get('PYTHONPATH', '') for name in ('/of/that', '2023', '2024')))"
    for words_before in ([ran.stdout.strip()], [clone, "run", *words.split(), "python"]):
        ended = process.run((*words_before, "-c", f"{IMPORTS}; {show}"), env=bare, cwd=inputs, check=False)
        assert ended.code == 0, ended.messages
        assert ended.output.startswith("1.25.1 ")
        assert ended.output.endswith("\nFalse True False\n")


@pytest.mark.usefixtures("launcher")
def test_what_cannot_be_entered_without_a_modules_tool_is_told(shell, inputs, clone, empty_home):
    words = (clone, "run", "-r", "requirements.txt", "-m", "modules.txt", "true")
    bare = {"HOME": str(empty_home), "XDG_CACHE_HOME": shell.environment()["XDG_CACHE_HOME"], "VSC_OS_LOCAL": "RHEL8"}
    ended = process.run(words, env={**bare, "VSC_ARCH_LOCAL": "haswell"}, cwd=inputs, check=False)
    assert ended.code == 1
    assert "has no modules tool ($LMOD_CMD, $MODULES_CMD); and there is no venv-RHEL8-haswell" in ended.messages
    (inputs / "requirements.txt").write_text("beautifulsoup4==4.12.2\n")
    ended = process.run(words, env={**bare, "VSC_ARCH_LOCAL": "zen2"}, cwd=inputs, check=False)
    assert ended.code == 1
    assert "venv-RHEL8-zen2 cannot be entered without one: requirements.txt changed: " in ended.messages
    assert "beautifulsoup4" in ended.messages


def test_what_the_caller_has_stays(launcher):
    show = "import os; print(*(os.environ[name] for name in ('PATH', 'MINE')), sep='\\n')"
    caller = {"PATH": "/mine:/with blanks:/usr/bin:/bin", "MINE": "1", "PYTHONHOME": "/of/another"}
    ended = process.run((launcher[1], "-c", show), env=caller)
    path, mine = ended.output.splitlines()
    assert path.endswith(":/mine:/with blanks:/usr/bin:/bin")
    assert mine == "1"


def test_a_link_never_replaces_a_directory(shell, inputs):
    (inputs / ".venv").mkdir()
    ran = shell.script(f"{SHIM} python -r requirements.txt --link .venv")
    assert ran.status == 1
    assert ".venv is there and not a link" in ran.stderr


def test_a_link_needs_a_directory(shell, inputs):
    ran = shell.script(f"{SHIM} python -r requirements.txt --link editor/.venv")
    assert ran.status == 1
    assert f"{inputs}/editor is not there" in ran.stderr


def test_it_follows_a_project_that_is_moved(shell, launcher):
    directory = launcher[0]
    moved = directory.rename(directory.with_name("moved"))
    entered = f"cd {shlex.quote(str(moved))} && {SHIM} run -r requirements.txt -m modules.txt true"
    directory.mkdir()
    assert shell.script(entered).status == 0
    ended = process.run((str(moved / ".venv/bin/python"), "-c", IMPORTS), env={})
    assert "/moved/venvs/.vsc-venv/" in ended.output


@pytest.mark.usefixtures("launcher")
def test_it_follows_updates(shell, inputs):
    (inputs / "requirements.txt").write_text("beautifulsoup4==4.12.2\n")
    assert shell.script(f"{SHIM} prepare -r requirements.txt -m modules.txt").status == 0
    ended = process.run((str(inputs / ".venv/bin/python"), "-c", "import bs4; print(bs4.__version__)"), env={})
    assert ended.output == "4.12.2\n"
