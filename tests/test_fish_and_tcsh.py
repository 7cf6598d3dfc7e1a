"""The command in fish and tcsh, where a bash does to itself what they are to do, and prints what it has become."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from counting import count
from driving import CLONE, differences, project
from testbed.awkward import ODD_VALUE
from testbed.modulefile import Module, write

INIT = {
    "fish": f"{shlex.quote(str(CLONE))} init fish | source",
    "tcsh": f'eval "`{shlex.quote(str(CLONE))} init tcsh`"',
}
ACTIVATE = "vsc-venv --activate --requirements requirements.txt --modules modules.txt"
MEANWHILE = (
    "module load many-001/1.0 GCCcore/13.3.0; module load gfbf/2024a",
    "module load many-001/1.0; module purge",
    "module swap cluster/alpha cluster/beta; module load Pillow",
    "module --force purge",
)
# What the user may have exported: blanks, quotes, expansions, history, newlines, bytes that are no text.
ODD = (ODD_VALUE, "a\nb\n", "", " ", "=1", "~root", "\\\\x'\\", "-n", "\udcff\udcfe caf\u00e9", "!!\t#")

# What no shell may run before somebody asks for it, by quotes that end early or by what ends a function of fish.
EVIL = "echo 'a; end; touch ran; `touch ran`; function b"
ALIASES = {
    "vscodd": r"""printf '%s|' '!x' "a  b" \\ \; '$HOME' '' """,
    "echo": "echo own",
    "vscargs": "printf %s- $2 $*",
    "vscevil": EVIL,
    "vscend": f"'{EVIL}",
}

EACH = (("fish", "lmod"), ("tcsh", "envmodules"))


@pytest.fixture(params=["fish", "tcsh"])
def kind(request):
    return request.param


@pytest.fixture
def here(tmp_path):
    # No pattern in its name: in tcsh, Environment Modules' own commands fail where PATH has one.
    return project(tmp_path, 'it\'s a $HOME "project"')


def export(kind, name, value):
    return f"set -gx {name} {value}" if kind == "fish" else f"setenv {name} {value}"


def test_there_and_back_as_bash_does_it(here, kind, tool):
    here.write("beautifulsoup4==4.12.3\n", "SciPy-bundle/2023.07-gfbf-2023a\n")
    shell = here.shell(kind, tool, **{f"ODD_{number}": value for number, value in enumerate(ODD)})
    visit = f"""{ACTIVATE} ; echo $status $VIRTUAL_ENV_PROMPT
python -c 'import numpy, bs4; print(numpy.__version__)'"""
    ran = shell.script(f"""
{INIT[kind]}
{shell.snapshot("before")}
{visit}
{shell.snapshot("active")}
deactivate ; echo $status
{shell.snapshot("after")}
{visit}
module list ; echo $status
module unload SciPy-bundle
module load many-001/1.0
module purge
echo $LOADEDMODULES
vsc-venv -d
{shell.snapshot("again")}
module load SciPy-bundle/2023.07-gfbf-2023a
python -c 'import numpy; print(numpy.__version__)'
""")
    came = ["0 venv-RHEL8-zen2", "1.25.1"]
    assert ran.stdout.splitlines() == [*came, "0", *came, "0", "cluster/alpha", "1.25.1"], ran.stderr
    assert "prepared anew" not in ran.stderr
    environs = ran.environments
    assert not differences(environs["before"], environs["after"])
    assert not differences(environs["before"], environs["again"])
    bash = here.shell("bash", tool, **environs["before"])
    line = f"source {shlex.quote(str(CLONE))} {ACTIVATE.partition(' ')[2]}"
    other = bash.script(f"{bash.snapshot('before')}\n{line}\n{bash.snapshot('active')}").environments
    here, there = (differences(each["before"], each["active"]) for each in (environs, other))
    assert {name: after for name, (_, after) in here.items()} == {name: after for name, (_, after) in there.items()}


def test_modules_that_came_and_went_meanwhile(here, kind, tool):
    shell = here.shell(kind, tool)
    steps = "\n".join(
        f"{ACTIVATE}\n{what}\n{leave}\n{shell.snapshot(f'after{number}')}"
        for number, (what, leave) in enumerate(zip(MEANWHILE, ("deactivate", "vsc-venv -d") * 2))
    )
    ran = shell.script(f"""
{INIT[kind]}
module load warns/1.0
{export(kind, "MINE", 1)}
{shell.snapshot("before")}
{steps}
echo $LOADEDMODULES
module unload warns
echo $LOADEDMODULES
""")
    for number, what in enumerate(MEANWHILE):
        assert not differences(ran.environments["before"], ran.environments[f"after{number}"]), (what, ran.stderr)
    assert ran.stdout.splitlines()[-2:] == ["cluster/alpha:warns/1.0", "cluster/alpha"]


def test_aliases_of_modules_come_and_go(here, kind, tool):
    """What the user has of the same name comes back, or, in tcsh, is never touched."""
    here.write(modules="Python/3.11.7-GCCcore-12.3.0\nalias/1.0\n")
    (here.directory / "others.txt").write_text("# others\n")
    others = ACTIVATE.replace("requirements.txt", "others.txt")
    shell = here.shell(kind, tool)
    assert shell.script(f"{INIT[kind]}\n{ACTIVATE}\n{others}").status == 0
    ran = shell.script(f"""
{INIT[kind]}
{ACTIVATE}
vscalias 'a  b'
{others}
vscalias 'c  d'
vsc-venv -a -r requirements.txt
vscalias ; echo gone
deactivate
vscalias ; echo gone
alias vscalias 'echo my own'
{ACTIVATE}
vscalias
deactivate
vscalias
""")
    here_too = "alias of a module" if kind == "fish" else "my own"
    theirs = [f"alias of a module {words}" for words in ("a  b", "c  d")]
    assert ran.stdout.splitlines() == [*theirs, "gone", "gone", here_too, "my own"], ran.stderr
    assert "prepared anew" not in ran.stderr
    entered = count(shell, INIT[kind], ACTIVATE)
    assert (entered.processes, entered.programs, entered.writes) == (1, 1, ())


@pytest.mark.parametrize("kind", ["fish"])
def test_an_alias_of_a_module_that_is_purged_comes_back(here, kind, tool):
    ran = here.shell(kind, tool).script(f"""
{INIT[kind]}
module load alias/1.0
{ACTIVATE}
vscalias; echo gone
deactivate
vscalias
""")
    assert ran.stdout == "gone\nalias of a module\n", ran.stderr


def test_aliases_mean_what_they_say_and_run_nothing_before(here, kind, tool, tmp_path):
    lua = "\n".join(f'set_alias("{name}", [==[{text}]==])' for name, text in ALIASES.items())
    tcl = "\n".join(f"set-alias {name} {{{text}}}" for name, text in ALIASES.items())
    write(tmp_path / "tree", [Module("aliases/1.0", lua=lua, tcl=tcl)])
    here.write(modules="Python/3.11.7-GCCcore-12.3.0\naliases/1.0\n")
    ran = here.shell(kind, tool).script(f"""
module use {tmp_path}/tree/{"lua" if tool == "lmod" else "tcl"}
{INIT[kind]}
{ACTIVATE}
vscodd 'c  d'
echo
{"vscargs 1 '2  2'" if kind == "tcsh" else ""}
deactivate
echo left
""")
    arguments = "2  2-1-2  2-" if kind == "tcsh" else ""
    assert ran.stdout.splitlines() == [r"!x|a  b|\|;|$HOME||c  d|own", f"{arguments}left"], ran.stderr
    assert not (here.directory / "ran").exists()


@pytest.mark.parametrize("kind", ["fish"])
def test_who_sources_the_environments_own_script_is_told_of_its_modules(here, kind, tool):
    own = "source venvs/venv-RHEL8-zen2/bin/activate.fish"
    shell = here.shell(kind, tool)
    ran = shell.script(f"{INIT[kind]}\n{ACTIVATE}\ndeactivate\n{own} ; echo $status")
    assert ran.stdout == "0\n"
    assert "enter it by: vsc-venv --activate" in ran.stderr
    ran = shell.script(f"module load many-001/1.0 Python/3.11.7-GCCcore-12.3.0 many-002/1.0\n{own} ; echo $status")
    assert ran.stdout == "0\n"
    assert "vsc-venv" not in ran.stderr


@pytest.mark.parametrize(("kind", "tool"), EACH)
def test_what_fails_changes_nothing(here, kind, tool):
    here.write(modules="Python/3.11.7-GCCcore-12.3.0\n\nbroken/1.0\n")
    (here.directory / "impossible.txt").write_text("there-is-no-such-thing-as-this==1.0\n")
    shell = here.shell(kind, tool)
    tries = (ACTIVATE, *(f"vsc-venv {words}" for words in ("-a -r impossible.txt", "-a -r", "-d", "-a -r 'no such'")))
    text = "\n".join(f"{one} || echo $status" for one in tries)
    ran = shell.script(f"""
{INIT[kind]}
{shell.snapshot("before")}
{text}
{shell.snapshot("after")}
vsc-venv -a -r requirements.txt && echo $VIRTUAL_ENV_PROMPT
{shell.snapshot("active")}
{text.replace("vsc-venv -d", "vsc-venv -x")}
{shell.snapshot("still")}
deactivate
{shell.snapshot("left")}
""")
    statuses = ["1", "1", "2", "1", "1"]
    assert ran.stdout.splitlines() == [*statuses, "venv-RHEL8-zen2", *statuses[:3], "2", "1"], ran.stderr
    environs = ran.environments
    assert not differences(environs["before"], environs["after"])
    assert not differences(environs["active"], environs["still"])
    assert not differences(environs["before"], environs["left"])
    assert "modules.txt:3: " in ran.stderr


def test_what_the_user_does_to_paths_meanwhile_stays(tmp_path, kind):
    here = project(tmp_path)
    more = "set -gx PATH /front $PATH /behind" if kind == "fish" else 'setenv PATH "/front:${PATH}:/behind"'
    ran = here.shell(kind, "none").script(f"""
{INIT[kind]}
{export(kind, "MINE", 1)}
vsc-venv -a -r requirements.txt
{more}
{export(kind, "MINE", 2)}
vsc-venv -a -r requirements.txt && echo again
deactivate
echo $MINE
printenv PATH
""")
    assert ran.stdout.splitlines() == ["again", "2", "/front:/usr/bin:/bin:/behind"], ran.stderr


@pytest.mark.parametrize(("kind", "tool"), EACH)
def test_one_bash_is_all_it_takes(here, kind, tool):
    shell = here.shell(kind, tool)
    assert shell.script(f"{INIT[kind]}\n{ACTIVATE}").status == 0
    entered = count(shell, INIT[kind], ACTIVATE)
    left = count(shell, f"{INIT[kind]}\n{ACTIVATE}", "deactivate")
    assert (entered.processes, entered.programs, entered.writes) == (1, 1, ())
    assert (left.processes, left.programs, left.writes) == (1, 1, ())


def test_what_is_typed_and_exported_shows_in_no_list_of_processes(here, kind):
    """What everybody can read of the processes that it starts: their arguments."""
    shell = here.shell(kind, "none", TOKEN="exported-secret")
    words = "-a -r requirements.txt --index-url https://me:typed-secret@127.0.0.1:1/simple"
    assert shell.script(f"{INIT[kind]}\nvsc-venv -a -r requirements.txt").status == 0
    count(shell, f"{INIT[kind]}\nvsc-venv -a -r requirements.txt", f"vsc-venv {words}; deactivate")
    trace = (shell.scratch / "trace").read_text()
    started = [line for line in trace.splitlines() if "execve(" in line]
    assert any("/bin/bash" in line for line in started)
    assert not [line for line in started if "-secret" in line]


def test_another_environment_that_is_active_comes_back(tmp_path, kind):
    here = project(tmp_path, "here")
    plain = tmp_path / "plain"
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", plain], check=True)
    shell = here.shell(kind, "none")
    script = f"{plain}/bin/activate.{'fish' if kind == 'fish' else 'csh'}"
    ran = shell.script(f"""
{INIT[kind]}
{shell.snapshot("outside")}
source {script}
{shell.snapshot("before")}
vsc-venv -a -r requirements.txt ; echo $status
deactivate
{shell.snapshot("after")}
deactivate
echo in ours
vsc-venv -a -r requirements.txt
source {script}
vsc-venv -d
{shell.snapshot("again")}
""")
    environs = ran.environments
    assert ran.stdout == "0\nin ours\n", ran.stderr
    assert not differences(environs["before"], environs["after"])
    assert not differences(environs["outside"], environs["again"])
