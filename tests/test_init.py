"""The command as a function of bash and zsh, and what is said in shells that are none of ours."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from counting import count, is_warm
from driving import CLONE, changes, differences, project

INIT = f'eval "$({shlex.quote(str(CLONE))} init {{}})"'
WORDS = "-a -r requirements.txt"


@pytest.fixture
def here(tmp_path):
    return project(tmp_path)


@pytest.mark.parametrize("options", ["", "-eu"])
def test_the_function_needs_no_source(here, shell_kind, options):
    shell = here.shell(shell_kind, "none")
    ran = shell.script(
        f"""
alias vsc-venv=false
{INIT.format(shell_kind)}
{INIT.format(shell_kind)}
set -- mine
{shell.snapshot("before")}
{shell.state("before")}
inner() {{ vsc-venv "$@"; }}
inner {WORDS}
echo "$VIRTUAL_ENV_PROMPT"
vsc-venv -d
vsc-venv -ar requirements.txt
vsc-venv run {WORDS[3:]} -- python -V
deactivate
vsc-venv -a -r missing || echo "$? $1"
vsc-venv nonsense || echo "$?"
unset -f inner
{shell.snapshot("after")}
{shell.state("after")}
""",
        options,
    )
    (link,) = (here.directory / "venvs").glob("venv-*")
    first, version, *rest = ran.stdout.splitlines()
    assert first == link.name, ran.stderr
    assert version.startswith("Python 3.")
    assert rest == ["1 mine", "2"]
    assert not differences(ran.environments["before"], ran.environments["after"])
    assert not changes(ran.states["before"], ran.states["after"])


def test_it_is_as_warm_as_source(here, shell_kind):
    shell = here.shell(shell_kind, "none")
    init = INIT.format(shell_kind)
    assert shell.script(f"{init}\nvsc-venv {WORDS}").status == 0
    assert is_warm(shell, f"vsc-venv {WORDS}", init)


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish", "tcsh"])
def test_a_shell_that_starts_starts_no_python(here, kind):
    command = {"fish": f"{CLONE} init fish | source", "tcsh": f'eval "`{CLONE} init tcsh`"'}
    costs = count(here.shell(kind, "none"), "", command.get(kind, INIT.format(kind)))
    assert (costs.pythons, costs.writes) == (0, ())
    assert costs.processes <= 10


def test_a_script_of_fish_sees_that_it_went_well(here):
    text = f"{CLONE} init fish | source; or exit 9"
    fish = subprocess.run(["fish", "--no-config", "-c", text], cwd=here.directory, capture_output=True, check=False)
    assert (fish.returncode, fish.stdout, fish.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("shell", "says"),
    [
        ("dash", "this shell is neither bash nor zsh"),
        ("ksh", "this shell is neither bash nor zsh"),
        ("tcsh -f", 'eval "`vsc-venv init tcsh`"'),
        ("fish --no-config", "vsc-venv init fish | source"),
    ],
)
def test_another_shell_is_told_what_to_do(here, shell, says):
    dot = "source" if shell[0] in "tf" else "."
    status = "$status" if shell[0] in "tf" else "$?"
    text = f"{dot} {CLONE} {WORDS}; echo {status}"
    sourced = subprocess.run(
        [*shell.split(), "-c", text], cwd=here.directory, capture_output=True, text=True, check=True
    )
    executed = subprocess.run([*shell.split(), CLONE, *WORDS.split()], capture_output=True, text=True, check=False)
    assert says in sourced.stderr
    assert says in executed.stderr
    # fish reads no line of a file of which it does not understand one.
    expected = (1, 127) if shell[0] == "f" else (2, 2)
    assert (int(sourced.stdout), executed.returncode) == expected
    itself = subprocess.run([*shell.split(), "-c", f"{CLONE} {WORDS}"], capture_output=True, check=False)
    assert itself.returncode == 33
    assert not (here.directory / "venvs").exists()


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish", "tcsh"])
def test_a_clone_may_be_anywhere(here, kind, tmp_path):
    clone = tmp_path / 'it\'s !a \\ $HOME "clone"'
    shutil.copytree(CLONE.parent, clone / "shell")
    for name in ("vscvenv", "pyproject.toml"):
        (clone / name).symlink_to(CLONE.parents[1] / name)
    (here.directory / "vsc-venv").symlink_to(clone / "shell/vsc-venv")
    init = {"fish": "./vsc-venv init fish | source", "tcsh": 'eval "`./vsc-venv init tcsh`"'}
    evaluate = f'eval "$(./vsc-venv init {kind})"'
    text = f"{init.get(kind, evaluate)}\nvsc-venv {WORDS} && vsc-venv -d && echo done"
    ran = here.shell(kind, "none").script(text)
    assert ran.stdout == "done\n", ran.stderr
