"""The module that offers the command: loaded, purged, unloaded, under each modules tool in each shell."""

from __future__ import annotations

import shlex

import pytest

import testbed
from driving import differences, project
from testbed import tools
from vscvenv import ownmodule
from vscvenv.process import run

NUMPY = "python -c 'import numpy; print(numpy.__file__)'"
FILES = "--requirements requirements.txt --modules modules.txt"
WAYS = ("source vsc-venv", "vsc-venv")


@pytest.fixture
def command(clone, tmp_path):
    """The program in a directory whose name no careless quoting survives."""
    directory = tmp_path / 'it\'s "$HOME" [bin] {1}\\'
    directory.mkdir()
    (directory / "vsc-venv").symlink_to(clone)
    return directory / "vsc-venv"


@pytest.fixture
def user(shell_kind, tool, tmp_path, command):
    """Somebody whose site has the module, and whose project needs numpy's."""
    return somebody(shell_kind, tool, command, tmp_path)


def somebody(kind, tool, command, tmp_path):
    """Return a shell, and what loads the module in it."""
    name = "it's a project" if kind == "tcsh" else 'it\'s a $HOME "project" [0-9]*'
    made = project(tmp_path, name).write("beautifulsoup4==4.12.3\n", "SciPy-bundle/2023.07-gfbf-2023a\n")
    shell = made.shell(kind, tool)
    words = (command, "modulefile", f"--{tools.language(tool)}", "--directory", command.parent)
    printed = run(words, env=shell.environment()).output
    tree = tmp_path / "modules"
    for version in ("1.0", "1.1"):
        file = tree / "vsc-venv" / (version + (".lua" if tool == "lmod" else ""))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(printed)
    return shell, f"module use {shlex.quote(str(tree))}\nmodule load vsc-venv/1.0\n"


def test_the_main_job(user):
    """As scripts have it, after the module was loaded and after a purge, with `source` and without."""
    shell, load = user
    once = "\n".join(f"{way} --activate {FILES} || exit\n{NUMPY}\n{way} --deactivate || exit" for way in WAYS)
    ran = shell.script(f"""set -u
{load}{shell.snapshot("before")}
{once}
{shell.snapshot("after")}
module purge
{once}
""")  # fmt: skip
    assert ran.status == 0, ran.stderr
    assert ran.stdout.count("SciPy-bundle") == 2 * len(WAYS)
    assert ran.stderr.count("prepared anew") <= 1, "the shell after a purge is another starting point"
    assert differences(ran.environments["before"], ran.environments["after"]) == {}


def test_tab_in_bash_under_environment_modules(command, tmp_path):
    shell, load = somebody("bash", "envmodules", command, tmp_path)
    tab = "COMP_WORDS=(vsc-venv remo) COMP_CWORD=1; _vsc_venv; echo ${COMPREPLY[@]}; complete -p vsc-venv"
    ran = shell.script(f"""{load}{tab}
{tab}
module purge
{tab}
module load vsc-venv/1.1
module unload vsc-venv
complete -p vsc-venv; declare -F vsc-venv _vsc_venv
""")  # fmt: skip
    assert ran.stdout == 3 * "remove\ncomplete -o bashdefault -o default -F _vsc_venv vsc-venv\n", ran.stderr


@pytest.mark.parametrize("kind", ["fish", "tcsh"])
def test_in_fish_and_tcsh(kind, tool, command, clone, tmp_path):
    if kind == "tcsh":  # in whose backticks no quote can be quoted
        command = tmp_path / "a bin with blanks" / "vsc-venv"
        command.parent.mkdir()
        command.symlink_to(clone)
    shell, load = somebody(kind, tool, command, tmp_path)
    force = "--force " if tool == "lmod" else ""
    ran = shell.script(f"""{load}
{shell.snapshot("before")}
module purge
vsc-venv --activate {FILES} && {NUMPY}
deactivate
{load}
module {force}unload vsc-venv
{shell.snapshot("after")}
vsc-venv --version
""")  # fmt: skip
    assert ran.stdout.count("SciPy-bundle") == 1, ran.stderr
    assert "ommand not found" in ran.stderr or "Unknown command" in ran.stderr
    assert "vsc-venv 0" not in ran.stdout
    assert str(command.parent) not in ran.environments["after"]["PATH"]


def test_unloading_takes_it_away(user):
    shell, load = user
    force = "--force " if shell.tool == "lmod" else ""
    ran = shell.script(f"""{shell.snapshot("before")}
{load}
module purge
module load vsc-venv/1.1
module {force}unload vsc-venv
{shell.snapshot("after")}
command -v vsc-venv || echo gone
""")  # fmt: skip
    assert ran.stdout == "gone\n"
    assert ran.environments["after"]["PATH"] == ran.environments["before"]["PATH"]


def test_commands_are_executed_and_what_begins_with_an_option_is_sourced(user):
    shell, load = user
    ran = shell.script(f"""{load}
vsc-venv --version
set -- a b
vsc-venv | head -n 1
vsc-venv run -r requirements.txt -- sh -c 'echo "$VIRTUAL_ENV_PROMPT"'
vsc-venv --activate -r requirements.txt -m modules.txt 2>/dev/null && echo "$VIRTUAL_ENV_PROMPT" && deactivate
set -e
vsc-venv --deactivate || echo "ended with $?"
""")  # fmt: skip
    assert ran.stdout.splitlines()[1:] == [
        "Usage: vsc-venv [OPTIONS] [COMMAND [ARGS]...]",
        *["venv-RHEL8-zen2"] * 2,
        "ended with 1",
    ]


def test_a_directory_with_a_python_is_refused(clone, tmp_path, empty_home):
    environ = {"HOME": str(empty_home), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    for name, target in (("vsc-venv", clone), ("python3", "/usr/bin/python3")):
        (tmp_path / name).symlink_to(target)
    for more in ({}, {"PATH": f"{tmp_path}:/usr/bin:/bin"}):
        words = (clone, "modulefile", *(() if more else ("--directory", ".")))
        ended = run(words, env={**environ, **more}, cwd=tmp_path, check=False)
        assert ended.code == 1
        assert "before everybody's own" in ended.messages
    (tmp_path / "bin").mkdir()
    ended = run((clone, "modulefile", "--directory", "bin"), env=environ, cwd=tmp_path, check=False)
    assert f"bin/vsc-venv is not {clone}" in ended.messages


def test_it_is_for_where_the_command_is_found(clone, tmp_path):
    (tmp_path / "vsc-venv").symlink_to(clone)
    assert ownmodule.find_directory(clone, f"{tmp_path}:/usr/bin", None) == tmp_path
    assert ownmodule.find_directory(clone, "/usr/bin", None) == clone.parent
