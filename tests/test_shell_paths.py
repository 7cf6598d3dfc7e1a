"""Odd characters in every path, and what a shell may lack."""

from __future__ import annotations

import shlex
import shutil

import pytest

from driving import ACTIVATE, CLONE, EACH, SOURCE, Project, differences, project

ODD = """it's "odd" $HOME `id` * [a-z] ; \\ & !x (é)"""


@pytest.fixture
def copied(tmp_path):
    """A clone in a directory with an odd name."""
    copy = tmp_path / f"clone {ODD}"
    shutil.copytree(CLONE.parent, copy / "shell")
    shutil.copytree(CLONE.parents[1] / "vscvenv", copy / "vscvenv", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CLONE.parents[1] / "pyproject.toml", copy)
    return f"source {shlex.quote(str(copy / 'shell/vsc-venv'))}"


@pytest.mark.parametrize(("shell_kind", "tool"), EACH)
def test_odd_characters_in_every_path(tmp_path, copied, shell_kind, tool):
    here = Project(tmp_path / f"project {ODD}").write()
    temporary = tmp_path / f"tmp {ODD}"
    temporary.mkdir()
    (here.directory.parent / "home").mkdir()
    home = tmp_path / "home" / ODD
    home.mkdir()
    shell = here.shell(shell_kind, tool, TMPDIR=str(temporary), HOME=str(home))
    names = shlex.quote(f"r {ODD}.txt"), shlex.quote(f"m {ODD}.txt"), shlex.quote(f"venvs {ODD}")
    words = "-a -r {} -m {} --venvs {}".format(*names)
    ran = shell.script(f"""
mv requirements.txt {names[0]}; mv modules.txt {names[1]}
{shell.snapshot("before")}
{copied} {words}; echo "$? $VIRTUAL_ENV_PROMPT"
python -c 'import sys; print(sys.prefix)'
pip --version >/dev/null && echo pip
deactivate
{copied} {words}
{copied} {words}; echo "$? $VIRTUAL_ENV_PROMPT"
vsc-venv --version | grep -c vsc-venv
module load pushy/1.0
{copied} -d
{shell.snapshot("after")}
""")
    first, prefix, *rest = ran.stdout.splitlines()
    assert (first, rest) == ("0 venv-RHEL8-zen2", ["pip", "0 venv-RHEL8-zen2", "1"]), ran.stderr
    assert prefix == str(here.directory / f"venvs {ODD}/.vsc-venv/RHEL8-zen2/1")
    assert not differences(ran.environments["before"], ran.environments["after"])
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("name", "why", "elsewhere"),
    [("a:b", "PATH cannot hold a directory with a ':'", "0"), ("caf\udce9", "this is not UTF-8", "1")],
)
def test_a_place_that_cannot_be_named_is_refused(tmp_path, name, why, elsewhere):
    here = Project(tmp_path / name).write()
    ran = here.shell().script(f"{ACTIVATE}\necho $?\n{ACTIVATE} --venvs ../elsewhere; echo $?")
    assert ran.stdout == f"1\n{elsewhere}\n"
    assert why in ran.stderr
    assert "Rename it" in ran.stderr
    assert sorted(path.name for path in here.directory.iterdir()) == ["modules.txt", "requirements.txt"]


def test_without_home_or_path_or_directory(tmp_path, shell_kind):
    here = project(tmp_path)
    shell = here.shell(shell_kind)
    ran = shell.script(f"""
for without in HOME PATH PWD; do
    ( unset $without; {ACTIVATE}; echo "$? $(python -V)" )
done
PATH= ; {ACTIVATE}; echo "$? $VIRTUAL_ENV_PROMPT"; deactivate; PATH=/usr/bin:/bin
TMPDIR=/proc {ACTIVATE} --force; echo "$?"
TMPDIR=/no/such {ACTIVATE} --force; echo "$?"
mkdir gone; cd gone; rmdir ../gone
{SOURCE} -a; echo "$?"
""")
    python = f"0 Python {here.python_version}"
    assert ran.stdout.splitlines() == [python] * 3 + ["0 venv-RHEL8-zen2", "1", "0", "1"], ran.stderr
    assert "no temporary file can be made in /proc" in ran.stderr
    assert "the working directory is gone" in ran.stderr


def test_without_modules_or_python(tmp_path):
    here = project(tmp_path)
    ran = here.shell("bash", "none").script(f"PATH=/nowhere\n{SOURCE} -a -r requirements.txt")
    assert ran.status == 1
    assert ran.stderr == "vsc-venv: error: no python3 is on PATH\nvsc-venv: Put one there: PATH=/usr/bin:/bin\n"


def test_a_file_where_the_environments_should_be(tmp_path):
    here = project(tmp_path)
    (here.directory / "venvs").write_text("mine")
    ran = here.shell().script(ACTIVATE)
    assert ran.status == 1
    assert f"{here.directory}/venvs is not a directory" in ran.stderr
    assert (here.directory / "venvs").read_text() == "mine"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SLURM_JOB_ID": "1", "SLURM_SUBMIT_DIR": "/data/project"}, "$SLURM_SUBMIT_DIR"),
        ({"PBS_JOBID": "1", "PBS_O_WORKDIR": "/data/project"}, "$PBS_O_WORKDIR"),
    ],
)
@pytest.mark.parametrize("words", ["-r no-such.txt", "-r requirements.txt -m no-such.txt"])
def test_in_a_job_a_file_that_is_not_there_is_looked_for_where_it_was_submitted(tmp_path, variables, said, words):
    here = project(tmp_path)
    ran = here.shell("bash", "none", **variables).script(f"{SOURCE} -a {words}")
    assert ran.status == 1
    assert f"{here.directory}/no-such.txt" in ran.stderr
    assert said in ran.stderr
