"""The program as it is executed: words, exit codes, and what it says where."""

from __future__ import annotations

import shlex
import subprocess
import sys

import click
import pytest

from driving import CLONE, Project
from vscvenv.cli import cli

USAGE_HINT = "All options: vsc-venv --help"


@pytest.fixture
def shell(tmp_path):
    return Project(tmp_path / "a project").write().shell("bash", "none")


@pytest.fixture
def run(shell):
    def run(*words, **more):
        env = {**shell.environment(), **more}
        return subprocess.run(
            words, cwd=shell.cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("words", [("--help",), ("-h",), ()])
def test_help(run, words):
    ran = run(CLONE, *words)
    assert (ran.returncode, ran.stderr) == (0, "")
    for word in ("--activate", "-d, --deactivate", "-r, --requirements", "-m, --modules", "prepare"):
        assert word in ran.stdout


@pytest.mark.parametrize("word", ["--version", "-v"])
def test_version(run, word):
    ran = run(CLONE, word)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("vsc-venv ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--no-such",), "No such option '--no-such'"),
        (("-x",), "No such option '-x'"),
        (("-a", "-r"), "'-r' requires an argument"),
        (("-a", "--modules"), "'--modules' requires an argument"),
        (("-a", "-r", "--modules", "modules.txt"), "'--requirements' requires an argument"),
        (("-a", "-r", ""), "'--requirements' requires an argument"),
        (("-a", "--modules=", "-r", "requirements.txt"), "'--modules' requires an argument"),
        (("-a", "-d"), "either --activate or --deactivate"),
        (("-r", "requirements.txt"), "either --activate or --deactivate"),
        (("-a", "-r", "requirements.txt", "extra"), "there is no command extra"),
        (("-r", "requirements.txt", "prepare"), "the options of prepare go behind it"),
        (("activate", "-r", "requirements.txt"), "type: source vsc-venv --activate"),
        (("deactivate",), "type: source vsc-venv --deactivate"),
        (("help",), "type: vsc-venv --help"),
    ],
)
def test_what_cannot_be_understood_is_2(run, words, said):
    ran = run(CLONE, *words)
    assert (ran.returncode, ran.stdout) == (2, "")
    error, hint = ran.stderr.splitlines()
    assert said in error
    assert error.startswith("vsc-venv: error: ")
    assert hint.endswith(USAGE_HINT)


@pytest.mark.parametrize(
    ("command", "words"),
    [("prepare", ("--no-such",)), ("kernel install", ("--no-such",)), ("kernel", ()), ("python", ("--link",))],
)
def test_what_a_command_cannot_understand_leads_to_its_own_help(run, command, words):
    ran = run(CLONE, *command.split(), *words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("vsc-venv: error: ")
    assert ran.stderr.endswith(f"All options: vsc-venv {command} --help\n")
    assert ran.stderr.count("\n") == 2


def test_executed_instead_of_sourced_it_says_what_to_type(run, shell, tmp_path):
    words = ("-a", "-r", "requirements.txt", "--venvs", "it's elsewhere")
    ran = run(CLONE, *words)
    assert (ran.returncode, ran.stdout) == (33, "")
    (line,) = ran.stderr.splitlines()
    typed = line.partition("type: ")[2]
    assert typed == shlex.join(["source", str(CLONE), *words])
    assert shell.script(typed).status == 0
    assert list((shell.cwd / "it's elsewhere").glob("venv-*"))
    found = tmp_path / "bin"
    found.mkdir()
    (found / "vsc-venv").symlink_to(CLONE)
    on_path = run("vsc-venv", "--deactivate", PATH=f"{found}:/usr/bin:/bin")
    assert on_path.returncode == 33
    assert on_path.stderr.endswith("type: source vsc-venv --deactivate\n")
    assert run(CLONE, "-d", SHELL="/usr/bin/fish").stderr.endswith("In fish, first: vsc-venv init fish | source\n")


@pytest.mark.parametrize("starter", ["bash", "zsh"])
def test_given_to_a_shell_it_is_the_program(run, starter):
    ran = run(starter, CLONE, "prepare", "--no-such")
    assert ran.returncode == 2
    assert "No such option" in ran.stderr


def test_through_links_and_the_path(run, tmp_path):
    directory = tmp_path / "$HOME \"'"
    directory.mkdir()
    (directory / "link").symlink_to(CLONE)
    (directory / "vsc-venv").symlink_to("link")
    path = f"{directory}:/usr/bin:/bin"
    for command in ("vsc-venv -v", "bash vsc-venv -v", "zsh -c 'vsc-venv -v'"):
        ran = run("sh", "-c", command, PATH=path)
        assert ran.stdout.startswith("vsc-venv "), ran.stderr


@pytest.mark.parametrize("command", ['sh "$0" --version', '. "$0"; exit "$?"', '. "$0" --activate || exit "$?"'])
def test_other_shells_are_told_so(run, command):
    ran = run("dash", "-c", command, CLONE)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "vsc-venv: error: this shell is neither bash nor zsh; start one first: bash\n"


def test_prepare_builds_and_activates_nothing(run, shell):
    ran = run(CLONE, "prepare", "-rrequirements.txt")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "\x1b" not in ran.stderr
    assert [line.partition(": ")[0] for line in ran.stderr.splitlines()] == ["vsc-venv", "vsc-venv"]
    (link,) = (shell.cwd / "venvs").glob("venv-*")
    assert subprocess.run([link / "bin/python", "-c", ""], check=True).returncode == 0
    assert run(CLONE, "prepare", "-rrequirements.txt").stderr == f"vsc-venv: {link.name} is ready\n"


def test_a_package_of_ours_that_python_is_told_to_import_instead_is_not(run, tmp_path):
    (tmp_path / "click.py").write_text("raise SystemExit('the wrong one')\n")
    ran = run(CLONE, "--version", PYTHONPATH=str(tmp_path), PYTHONHOME="/nowhere", LD_LIBRARY_PATH="/nowhere")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_what_is_imported_before_the_modules_tool_is_at_work():
    """Most of the program is imported while that tool runs."""
    asked = "import sys, vscvenv.cli; print(*sorted({'packaging', 'filelock', 'vscvenv.build'} & {*sys.modules}))"
    ran = subprocess.run(
        [sys.executable, "-c", asked], cwd=CLONE.parents[1], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "\n"


def test_what_commands_do_is_told_in_a_line_of_a_terminal(run):
    listed = run(CLONE, "--help").stdout.partition("\nCommands:\n")[2]
    assert [line for line in listed.splitlines() if line.endswith("...")] == []
    assert len(listed.splitlines()) == len(
        [one for one in cli.list_commands(click.Context(cli)) if not cli.get_command(click.Context(cli), one).hidden]
    )


def test_every_command_is_where_it_is_said_to_be():
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    assert {name: one.name for name, one in found.items()} == {name: name for name in found}
    assert cli.commands == found
