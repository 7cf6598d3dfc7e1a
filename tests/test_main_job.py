"""The main job, end to end: real modules tools, real shells, real Pythons, and what a user types."""

from __future__ import annotations

import json
from shlex import quote

import pytest

import testbed
from driving import ACTIVATE, DEACTIVATE, SOURCE, Project, differences, failing

MODULES = "SciPy-bundle/2023.07-gfbf-2023a\nPillow/10.0.0-GCCcore-12.3.0\n"
REQUIREMENTS = "beautifulsoup4==4.12.3\n"
IMPORT = "python -c 'import numpy, PIL, bs4; print(numpy.__file__)'"


@pytest.fixture
def inputs(project):
    (project / "modules.txt").write_text(MODULES)
    (project / "requirements.txt").write_text(REQUIREMENTS)
    return project


@pytest.mark.parametrize("options", ["", "-euo pipefail"])
def test_the_documentations_example(shell, inputs, options):
    text = f"""
{shell.snapshot("before")}
{ACTIVATE}
{shell.snapshot("active")}
{IMPORT}
echo "$VIRTUAL_ENV_PROMPT"
{DEACTIVATE}
{shell.snapshot("after")}
module list >/dev/null 2>&1
"""
    ran = shell.script(text, options)
    assert ran.status == 0, ran.stderr
    numpy, name = ran.stdout.split("\n")[:2]
    assert "SciPy-bundle" in numpy
    assert name == "venv-RHEL8-zen2"
    assert (inputs / "venvs/venv-RHEL8-zen2/bin/python").exists()
    assert not differences(ran.environments["before"], ran.environments["after"])
    again = shell.script(f"{ACTIVATE}\n{IMPORT}\n{DEACTIVATE}\n{shell.snapshot('after')}", options)
    assert again.status == 0, again.stderr
    assert "installed" not in again.stderr
    assert not differences(ran.environments["before"], again.environments["after"])
    other = shell.script(f"export VSC_ARCH_LOCAL=haswell\n{ACTIVATE}\n{IMPORT}", options)
    assert other.status == 0, other.stderr
    assert sorted(one.name for one in (inputs / "venvs").glob("venv-*")) == ["venv-RHEL8-haswell", "venv-RHEL8-zen2"]


@pytest.mark.parametrize("options", ["", "-euo pipefail"])
def test_a_failing_module_leaves_the_shell_as_it_was(shell, inputs, options):
    (inputs / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\n\nbroken/1.0\n")
    ran = failing(shell, ACTIVATE, options)
    assert ran.status == 1
    assert "modules.txt:3" in ran.stderr
    assert "broken" in ran.stderr
    assert not (inputs / "venvs").exists()


@pytest.mark.parametrize("options", ["", "-euo pipefail"])
def test_a_failing_install_leaves_the_shell_as_it_was(shell, inputs, options):
    (inputs / "requirements.txt").write_text("beautifulsoup4==4.12.3\nthere-is-no-such-thing-as-this==1.0\n")
    ran = failing(shell, ACTIVATE, options)
    assert ran.status == 1
    assert "there-is-no-such-thing-as-this" in ran.stderr
    assert not (inputs / "venvs/venv-RHEL8-zen2").exists()
    assert not list(inputs.glob("venvs/.vsc-venv/RHEL8-zen2/1/*"))


@pytest.mark.usefixtures("inputs")
def test_modules_loaded_meanwhile_go_with_the_environment(shell):
    ran = shell.script(f"""
module load noisy/1.0 >/dev/null 2>&1
{shell.snapshot("before")}
{ACTIVATE}
module load Pillow/10.0.0-GCCcore-12.3.0 $(:) pushy/1.0 >/dev/null 2>&1
{DEACTIVATE}
{shell.snapshot("after")}
module list 2>&1
""")
    assert ran.status == 0, ran.stderr
    assert not differences(ran.environments["before"], ran.environments["after"])
    assert "noisy/1.0" in ran.stdout
    assert "Pillow" not in ran.stdout


def test_the_record_says_what_it_was_built_from(shell, inputs):
    assert shell.script(ACTIVATE).status == 0
    record = json.loads((inputs / "venvs/venv-RHEL8-zen2/vsc-venv.json").read_text())
    assert record["installed"]["beautifulsoup4"] == "4.12.3"
    assert "SciPy-bundle/2023.07-gfbf-2023a" in record["modules"]
    assert record["provided"]["numpy"]


@pytest.mark.parametrize("tool", ["none"])
def test_no_modules_tool_at_all(shell, project):
    (project / "requirements.txt").write_text(REQUIREMENTS)
    ran = shell.script(f"{SOURCE} -a -r requirements.txt && python -c 'import bs4' && deactivate")
    assert ran.status == 0, ran.stderr
    (project / "modules.txt").write_text(MODULES)
    ran = shell.script(ACTIVATE)
    assert ran.status == 1
    assert "no modules tool" in ran.stderr


@pytest.fixture
def with_tool(tmp_path, inputs):
    """Return what runs a line where the modules tool first does something else."""

    def run(first, line):
        tool = tmp_path / "modulecmd"
        tool.write_text(f'#!/bin/sh\n{first}\nexec "$REAL_MODULES_CMD" "$@"\n')
        tool.chmod(0o755)
        ran = (
            Project(inputs)
            .shell("bash", "envmodules")
            .script(f"export REAL_MODULES_CMD=$MODULES_CMD MODULES_CMD={tool}\n{line}")
        )
        assert ran.status == 0, ran.stderr
        return ran

    return run


def test_what_is_edited_while_modules_are_loaded_is_loaded_the_next_time(inputs, with_tool):
    """The list is read once: what was loaded is what the record says."""
    edited = f"echo {testbed.site().python.module} > {quote(str(inputs / 'modules.txt'))}"
    first, second = (with_tool(edited, f'{ACTIVATE} && echo "$LOADEDMODULES"') for _ in range(2))
    assert "Pillow" in first.stdout
    assert "Pillow" not in second.stdout


def test_nothing_is_recorded_where_a_modulefile_changes_as_soon_as_modules_are_loaded(inputs, tmp_path, with_tool):
    modulefile = tmp_path / "own/1.0"
    modulefile.parent.mkdir()
    modulefile.write_text("#%Module\n")
    (inputs / "modules.txt").write_text(f"module use {tmp_path}\n{testbed.site().python.module}\nown/1.0\n")
    with_tool(":", ACTIVATE)
    ran = with_tool(f"touch {modulefile}", ACTIVATE)
    assert f"prepared anew: {modulefile} changed meanwhile" in ran.stderr
