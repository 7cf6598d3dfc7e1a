"""Other environments: a plain venv, conda, and our own of another project, active before ours or on top of it."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from driving import ACTIVATE, DEACTIVATE, SOURCE, changes, differences, project

# conda itself takes minutes to install; of it, all that we touch: its function, and the variables it exports.
CONDA = """
conda() {
    case $1 in
        deactivate) export PATH=${PATH#/opt/conda/bin:} CONDA_SHLVL=$((CONDA_SHLVL-1)); unset CONDA_PREFIX ;;
    esac
}
export CONDA_SHLVL=1 CONDA_PREFIX=/opt/conda PATH=/opt/conda/bin:$PATH
"""
WHERE = """echo "$? ${VIRTUAL_ENV##*/} ${VIRTUAL_ENV_PROMPT-}"
case :$PATH: in *:/opt/conda/*|*/plain*) echo still there ;; esac"""


@pytest.fixture
def here(tmp_path):
    return project(tmp_path)


@pytest.fixture
def plain(tmp_path):
    """The directory of a venv as the standard library makes it."""
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", tmp_path / "plain venv"], check=True)
    return shlex.quote(str(tmp_path / "plain venv"))


def test_an_active_venv_is_left_first(here, shell_kind, plain):
    shell = here.shell(shell_kind, "none")
    ran = shell.script(f"""
PS1='> '
{shell.snapshot("before")}
source {plain}/bin/activate
{SOURCE} -a -r requirements.txt; {WHERE}
deactivate
echo "[${{VIRTUAL_ENV-}}] $PS1"
{shell.snapshot("after")}
typeset -f deactivate
""")
    (link,) = (here.directory / "venvs").glob("venv-*")
    assert ran.stdout == f"0 1 {link.name}\n[] > \n"
    after = {name: value for name, value in ran.environments["after"].items() if name != "PS1"}  # the venv exported it
    assert not differences(ran.environments["before"], after)


def test_an_active_venv_stays_where_ours_cannot_be(here, shell_kind, plain):
    shell = here.shell(shell_kind, "none")
    ran = shell.script(f"""
source {plain}/bin/activate
{shell.snapshot("before")}
{shell.state("before")}
{SOURCE} -a -r missing.txt || :
{shell.state("after")}
{shell.snapshot("after")}
deactivate && echo left
""")
    assert not changes(ran.states["before"], ran.states["after"])
    assert not differences(ran.environments["before"], ran.environments["after"])
    assert ran.stdout == "left\n"


def test_an_inherited_venv_is_left_and_comes_back(here, shell_kind, plain):
    shell = here.shell(shell_kind, "none")
    ran = shell.script(f"""
export VIRTUAL_ENV={plain} PATH={plain}/bin:$PATH
{shell.snapshot("before")}
{SOURCE} -a -r requirements.txt; {WHERE}
deactivate
{shell.snapshot("after")}
""")
    assert ran.stdout.startswith("0 1 venv-")
    assert "still there" not in ran.stdout
    assert not differences(ran.environments["before"], ran.environments["after"])


@pytest.mark.parametrize("first", ["deactivate", ":"])
def test_a_venv_activated_on_top_of_ours(here, shell_kind, plain, first):
    shell = here.shell(shell_kind)
    ran = shell.script(f"""
PS1='> '
{shell.snapshot("before")}
{ACTIVATE}
source {plain}/bin/activate
echo "${{VIRTUAL_ENV##*/}}"
{first}; echo "$?"
{DEACTIVATE}; echo "$?"
{shell.snapshot("after")}
echo "$PS1"
typeset -f deactivate || {DEACTIVATE}
""")
    assert ran.stdout.splitlines() == ["plain venv", "0", "0", "> "], ran.stderr
    assert ran.status == 1
    after = {name: value for name, value in ran.environments["after"].items() if name != "PS1"}
    assert not differences(ran.environments["before"], after)


def test_conda_is_left_where_it_can_be(here, shell_kind):
    shell = here.shell(shell_kind, "none")
    ran = shell.script(f"""
{CONDA}
{SOURCE} -a -r requirements.txt; {WHERE}
deactivate
echo "$CONDA_SHLVL"
""")
    (link,) = (here.directory / "venvs").glob("venv-*")
    assert ran.stdout == f"0 1 {link.name}\n0\n"


@pytest.mark.parametrize("conda", ["unset -f conda", "conda() { return 1; }", "conda() { :; }"])
def test_conda_that_cannot_be_left_is_named_and_nothing_is_changed(here, shell_kind, conda):
    shell = here.shell(shell_kind, "none")
    ran = shell.script(f"""
{CONDA}{conda}
{shell.snapshot("before")}
{shell.state("before")}
{SOURCE} -a -r requirements.txt && exit 99
{shell.state("after")}
{shell.snapshot("after")}
""")
    assert "the conda environment /opt/conda is active" in ran.stderr
    assert "conda deactivate" in ran.stderr
    assert not differences(ran.environments["before"], ran.environments["after"])
    assert not changes(ran.states["before"], ran.states["after"])
    assert not (here.directory / "venvs").exists()


def test_another_project_of_ours_is_left_first(here, shell_kind, tmp_path):
    other = project(tmp_path, "other")
    shell = here.shell(shell_kind)
    project_of = 'case $VIRTUAL_ENV in */other/*) echo other ;; *) echo first ;; esac; echo "$LOADEDMODULES"'
    ran = shell.script(f"""
{shell.snapshot("before")}
{ACTIVATE}; {project_of}
cd {shlex.quote(str(other.directory))}
{SOURCE} -a -r missing.txt; {project_of}
{SOURCE} -a -r requirements.txt; {project_of}
cd "$OLDPWD"
{ACTIVATE}; {project_of}
case $PATH in */other/*) echo WRONG ;; esac
deactivate
{shell.snapshot("after")}
""")
    first, modules, *rest = ran.stdout.splitlines()
    assert "Python" in modules
    assert rest == [first, modules, "other", "cluster/alpha", first, modules], ran.stderr
    assert not differences(ran.environments["before"], ran.environments["after"])


def test_the_environments_own_activate_script_is_one_too(here, shell_kind):
    ran = here.shell(shell_kind, "none").script(f"""
{SOURCE} -a -r requirements.txt; deactivate
source venvs/venv-*/bin/activate; {WHERE}
{SOURCE} -a; {WHERE}
deactivate
echo "[${{VIRTUAL_ENV-}}]"
""")
    assert ran.stdout.splitlines()[2:] == ["[]"]
    assert len(set(ran.stdout.splitlines()[:2])) == 1
