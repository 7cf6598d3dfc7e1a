"""What modules do beside setting variables: aliases, functions, completions, and commands of their own."""

import shlex

import pytest

from counting import count
from driving import ACTIVATE, DEACTIVATE, changes, differences
from testbed.modulefile import Module, write
from vscvenv.definitions import read

PYTHON = "Python/3.11.7-GCCcore-12.3.0"
MODULES = (
    Module(
        "completes/1.0",
        lua='complete("bash", "vsctool", "-W \'one two\'")',
        tcl="complete bash vsctool {-W 'one two'}",
    ),
    Module(
        "runs/1.0",
        lua='execute{cmd="VSC_RAN=loaded; umask 027", modeA={"load"}}; execute{cmd="VSC_RAN=gone", modeA={"unload"}}',
        tcl="""if { [module-info mode load] } { puts stdout "VSC_RAN=loaded; umask 027;" }
if { [module-info mode unload] } { puts stdout "VSC_RAN=gone;" }""",
    ),
    Module("asks/1.0", lua='setenv("VSC_ASKED", capture("printf yes"))', tcl="setenv VSC_ASKED [exec echo yes]"),
)


@pytest.fixture
def tree(tmp_path):
    """A module tree of the user's own."""
    write(tmp_path / "tree", MODULES)
    return tmp_path / "tree"


@pytest.fixture
def use(tree, tool):
    return f"module use {shlex.quote(str(tree / ('lua' if tool == 'lmod' else 'tcl')))}"


def ask_for(shell, *names):
    (shell.cwd / "requirements.txt").write_text("")
    (shell.cwd / "modules.txt").write_text("\n".join([PYTHON, *names]) + "\n")


def test_what_the_tools_print():
    code = r"""FOO=a\ b;
export FOO;
__MODULES_X=a\&b; export __MODULES_X;
OTHER="a b"; export OTHER;
alias one=echo\ 1;
two () { echo 2;
};
three () { echo 3; }; export -f three;
unalias four 2> /dev/null || true;
unset -f five 2> /dev/null || true;
[[ -n "${BASH_VERSION:-}" ]] && complete -F _six -o default six;
complete -r seven;

if true; then
  export EIGHT;
fi
LATE=x; export LATE;
test 0;
"""
    found = read([code, "unalias one;\n"])
    assert found.aliases == {"one": None, "four": None}
    assert found.functions["two"] == "two () { echo 2;\n};"
    assert set(found.functions) == {"two", "three", "five"}
    assert found.completions == {"six": "-F _six -o default", "seven": None}
    assert found.commands == "if true; then\n  export EIGHT;\nfi"


def test_aliases_and_functions_come_and_go(shell, shell_kind):
    ask_for(shell, "alias/1.0")
    try_all = "vscfunction; eval vscalias"
    before = {"bash": "shopt -s expand_aliases", "zsh": "setopt aliases"}[shell_kind]
    for _ in range(2):
        ran = shell.script(f"""{before}
{shell.state("before")}
{ACTIVATE}
{try_all}
deactivate
{shell.state("after")}
alias vscalias='echo mine'
vscfunction() {{ echo "my own" ' ; function'; }}
{ACTIVATE}
{try_all}
deactivate
{try_all}
""")
        theirs = ["function of a module", "alias of a module"]
        assert ran.stdout.splitlines() == [*theirs, *theirs, "my own  ; function", "mine"], ran.stderr
        assert ran.states["before"] == ran.states["after"]
    assert "prepared anew" not in ran.stderr
    assert count(shell, "", ACTIVATE).processes == 0


def test_a_module_that_is_purged_takes_its_alias_along(shell):
    ask_for(shell)
    ran = shell.script(f"module load alias/1.0\n{ACTIVATE}\nalias vscalias\ndeactivate\nalias vscalias\nvscfunction\n")
    assert len(ran.stdout.splitlines()) == 2, ran.stderr
    assert ran.stdout.splitlines()[1] == "function of a module"


def test_what_modules_define_meanwhile_is_gone_after(shell, use, shell_kind):
    """What was there before is there again, exported functions too; what the user defines meanwhile stays."""
    ask_for(shell)
    export = {"bash": "export -f", "zsh": "typeset -f"}[shell_kind]
    meanwhile = ("module load alias/1.0 completes/1.0", "module load alias/1.0; unalias vscalias")
    steps = "\n".join(
        f"{ACTIVATE}\n{what}\ndeactivate\n{shell.state(f'after{number}')}\n{shell.snapshot(f'after{number}')}"
        for number, what in enumerate(meanwhile)
    )
    ran = shell.script(f"""{use}
mine() {{ :; }}; {export} mine
{shell.state("before")}
{shell.snapshot("before")}
{steps}
module load alias/1.0
{shell.state("loaded before")}
{shell.snapshot("loaded before")}
{ACTIVATE}
typeset -f vscfunction
deactivate
{shell.state("after2")}
{shell.snapshot("after2")}
{ACTIVATE}
module load alias/1.0 pushy/1.0
deactivate
{shell.state("after3")}
{shell.snapshot("after3")}
""")
    for number, before in enumerate(["before", "before", "loaded before", "loaded before"]):
        after = f"after{number}"
        assert not changes(ran.states[before], ran.states[after]), after
        assert not differences(ran.environments[before], ran.environments[after]), after
    assert "vscfunction" not in ran.stdout


@pytest.mark.parametrize("shell_kind", ["bash"])
def test_an_exported_function_that_a_module_replaces_comes_back_as_it_was(shell):
    ask_for(shell, "alias/1.0")
    ran = shell.script(f"""
vscfunction() {{ echo "my own"; }}; export -f vscfunction
{shell.snapshot("before")}
{ACTIVATE}
deactivate
{shell.snapshot("after")}
export -fn vscfunction
{shell.snapshot("before2")}
{ACTIVATE}
deactivate
{shell.snapshot("after2")}
""")
    assert "BASH_FUNC_vscfunction%%" in ran.environments["before"]
    assert not differences(ran.environments["before"], ran.environments["after"])
    assert not differences(ran.environments["before2"], ran.environments["after2"])


@pytest.mark.parametrize("shell_kind", ["bash"])
def test_a_child_that_leaves_what_it_inherited_forgets_functions_too(shell):
    ask_for(shell, "alias/1.0")
    child = f"""{DEACTIVATE}; echo "$?"; {shell.snapshot("after")}"""
    ran = shell.script(f"""
mine() {{ :; }}; export -f mine
{shell.snapshot("before")}
{ACTIVATE}
bash -c {shlex.quote(child)}
""")
    assert ran.stdout == "0\n", ran.stderr
    assert not differences(ran.environments["before"], ran.environments["after"])


@pytest.mark.parametrize("shell_kind", ["bash"])
def test_completions(shell, use):
    ask_for(shell, "completes/1.0")
    for _ in range(2):
        ran = shell.script(f"{use}\n{ACTIVATE}\ncomplete -p vsctool\ndeactivate\ncomplete -p vsctool")
        assert ran.stdout == "complete -W 'one two' vsctool\n", ran.stderr
    assert "prepared anew" not in ran.stderr


def test_other_commands_are_run_each_time_and_the_module_is_named(shell, use):
    ask_for(shell, "alias/1.0", "runs/1.0")
    for _ in range(2):
        ran = shell.script(f'{use}\n{ACTIVATE}\necho "$VSC_RAN"; umask; deactivate; echo "$VSC_RAN"')
        assert ran.stdout.split() == ["loaded", "0027" if shell.kind == "bash" else "027", "gone"], ran.stderr
    assert "prepared anew: the module runs/1.0 runs commands in your shell" in ran.stderr


def test_a_modulefile_that_runs_programs_is_asked_each_time(shell, use):
    ask_for(shell, "asks/1.0")
    for _ in range(2):
        ran = shell.script(f'{use}\n{ACTIVATE}\necho "$VSC_ASKED"')
        assert ran.stdout == "yes\n", ran.stderr
    assert "runs commands to know what to do" in ran.stderr
    assert "asks/1.0" in ran.stderr
