"""Leaving: whatever became of the modules meanwhile, what was exported before is exported again, and they work on."""

from __future__ import annotations

import shlex

import pytest

from driving import ACTIVATE, CLONE, DEACTIVATE, EACH, SOURCE, differences, project

MEANWHILE = (
    "module load pushy/1.0 GCCcore/13.3.0; module load gfbf/2024a",
    "module load pushy/1.0; module purge",
    "module swap cluster/alpha cluster/beta; module load Pillow",
    "module --force purge || module purge --force",
    'module unload Python; module load noisy/1.0; module use "$HOME"; export VSC_WARNS=mine',
)


@pytest.fixture
def here(tmp_path):
    return project(tmp_path)


def test_modules_that_came_and_went_meanwhile(here, shell_kind, tool):
    shell = here.shell(shell_kind, tool)
    steps = "\n".join(
        f"{ACTIVATE}\n{{ {what}; }} >/dev/null 2>&1 || :\n{leave}\n{shell.snapshot(f'after{number}')}"
        for number, (what, leave) in enumerate(zip(MEANWHILE, ("deactivate", DEACTIVATE) * 3))
    )
    ran = shell.script(f"""
module load warns/1.0 >/dev/null 2>&1
export MINE=1
{shell.snapshot("before")}
{steps}
module list 2>&1 | grep -c -e warns -e cluster/alpha
module load pushy/1.0; echo "${{VSC_ODD:0:4}}"
module unload warns; echo "[${{VSC_WARNS-}}]"
module purge 2>/dev/null; echo "$LOADEDMODULES $VSC_ARCH_LOCAL"
module load SciPy-bundle/2023.07-gfbf-2023a >/dev/null 2>&1; python -c 'import numpy; print(numpy.__version__)'
""")
    for number, what in enumerate(MEANWHILE):
        assert not differences(ran.environments["before"], ran.environments[f"after{number}"]), what
    assert ran.stdout.splitlines()[1:] == ["it's", "[]", "cluster/alpha zen2", "1.25.1"]
    assert ran.stdout[0] in "12", "one line or two, as the terminal is wide"


def test_what_else_the_user_exports_meanwhile_is_the_users(here, shell_kind):
    ran = here.shell(shell_kind).script(f"""
export MINE=1 GONE=1
{ACTIVATE}
export MINE=2 NEW=3; unset GONE
deactivate
echo "$MINE $NEW [${{GONE-}}]"
{ACTIVATE}
export MINE=4 NEW=5; module load pushy/1.0
deactivate
echo "$MINE $NEW [${{VSC_ODD-}}]"
""")
    assert ran.stdout == "2 3 []\n4 5 []\n"


@pytest.mark.parametrize(("shell_kind", "tool"), EACH)
def test_unloading_is_told_in_one_line(here, shell_kind, tool):
    shell = here.shell(shell_kind, tool)
    ran = shell.script(f"""
module load noisy/1.0 warns/1.0 >/dev/null 2>&1
{ACTIVATE} && deactivate
{ACTIVATE} 2>again
""")
    again = (here.directory / "again").read_text()
    for told in (ran.stderr, again):
        assert told.count("vsc-venv: unloading modules that the list does not have: noisy/1.0, warns/1.0\n") == 1
    assert ran.stdout == ""


def test_leaving_twice_is_an_error_that_changes_nothing(here, shell_kind):
    shell = here.shell(shell_kind)
    ran = shell.script(f"""
{ACTIVATE}
{DEACTIVATE}; echo "$?"
{shell.snapshot("before")}
{DEACTIVATE}; echo "$?"
{shell.snapshot("after")}
""")
    assert ran.stdout == "0\n1\n"
    assert ran.stderr.splitlines()[-1] == "vsc-venv: error: no environment is active"
    assert not differences(ran.environments["before"], ran.environments["after"])


@pytest.mark.parametrize(("shell_kind", "tool"), EACH)
def test_the_command_stays_when_the_module_that_brought_it_goes(here, shell_kind, tool):
    shell = here.shell(shell_kind, tool)
    words = ACTIVATE.partition(" --")[2]
    ran = shell.script(f"""
module load vsc-venv/1.0
source vsc-venv --{words}
echo "${{LOADEDMODULES##*vsc-venv*}}"
vsc-venv --version
source vsc-venv --{words}; echo "$? $VIRTUAL_ENV_PROMPT"
module purge >/dev/null 2>&1
source vsc-venv --deactivate; echo "$? ${{VIRTUAL_ENV-}}"
source vsc-venv --{words}; echo "$? $VIRTUAL_ENV_PROMPT"
deactivate
source vsc-venv -d; echo "$?"
""")
    loaded, version, *rest = ran.stdout.splitlines()
    assert "Python" in loaded
    assert version.startswith("vsc-venv ")
    assert rest == ["0 venv-RHEL8-zen2", "0 ", "0 venv-RHEL8-zen2", "1"]


@pytest.mark.parametrize(("shell_kind", "tool"), EACH)
def test_an_inherited_environment_is_left_by_any_shell(here, shell_kind, tool):
    shell = here.shell(shell_kind, tool)
    leaving = (
        f'{DEACTIVATE}; echo "$? [${{VIRTUAL_ENV-}}${{VSC_VENV_CHANGE-}}] $LOADEDMODULES"; {shell.snapshot("after")}'
    )
    entering = (
        f'{SOURCE} -a && echo "$VIRTUAL_ENV_PROMPT $LOADEDMODULES"; deactivate; echo "$LOADEDMODULES"; {DEACTIVATE}'
    )
    ran = shell.script(f"""
{shell.snapshot("before")}
{ACTIVATE}
bash -c {shlex.quote(leaving)}
zsh -fc {shlex.quote(leaving)}
bash -c {shlex.quote(entering)}
zsh -fc {shlex.quote(entering)}
VSC_ARCH_LOCAL=haswell {shell_kind} -c {shlex.quote(f"{ACTIVATE}; echo $VIRTUAL_ENV_PROMPT; python -V")}
echo "$VIRTUAL_ENV_PROMPT"
""")
    lines = ran.stdout.splitlines()
    assert lines[:2] == ["0 [] cluster/alpha"] * 2, ran.stderr
    assert not differences(ran.environments["before"], ran.environments["after"])
    active = next(line for line in lines if line.startswith("venv-RHEL8-zen2 cluster/alpha:"))
    assert lines[2:6] == [active, active.partition(" ")[2]] * 2, "a child's own is left for the inherited one"
    assert lines[6:] == ["venv-RHEL8-haswell", f"Python {here.python_version}", "venv-RHEL8-zen2"]


def test_a_shim_that_is_gone_does_not_keep_anybody_in(here, shell_kind, tmp_path):
    copy = tmp_path / "clone"
    (copy / "shell").mkdir(parents=True)
    (copy / "shell/vsc-venv").write_bytes(CLONE.read_bytes())
    for name in ("vscvenv", "pyproject.toml", "shell/bootstrap.bash"):
        (copy / name).symlink_to(CLONE.parents[1] / name)
    ran = here.shell(shell_kind).script(f"""
{ACTIVATE.replace(str(CLONE), str(copy / "shell/vsc-venv"))}
rm -r {copy}
module load pushy/1.0
deactivate; echo "$? ${{VIRTUAL_ENV-}}"
""")
    assert ran.stdout == "0 \n"
    assert "warning: variables of modules that were loaded meanwhile may stay" in ran.stderr
