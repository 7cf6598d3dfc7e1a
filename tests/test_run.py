"""`vsc-venv run`: a command in the environment, without sourcing anything."""

from __future__ import annotations

import re
import shlex

import pytest

import testbed
from driving import SHIM
from vscvenv import process

MODULES = "SciPy-bundle/2023.07-gfbf-2023a\n"
REQUIREMENTS = "beautifulsoup4==4.12.3\n"
OPTIONS = "-r requirements.txt -m modules.txt"
IMPORTS = "python -c 'import numpy, bs4, sys; print(numpy.__version__, bs4.__version__, *sys.argv[1:])'"
STARTS = "strace -f -e trace=execve,clone,clone3,fork,vfork -o calls"
OWN = re.compile("_$|SHLVL|OLDPWD|VSC_VENV_CHANGE|_ModuleTable")  # the last carries timings


@pytest.fixture
def shell_kind():
    """The program is started as any other: which shell does it makes no difference but where a test says so."""
    return "bash"


@pytest.fixture
def inputs(project):
    (project / "modules.txt").write_text(MODULES)
    (project / "requirements.txt").write_text(REQUIREMENTS)
    return project


def test_warm_it_starts_nothing_but_the_command(shell, inputs):
    run = f"{SHIM} run {OPTIONS}"
    ran = shell.script(f"""
{run} {IMPORTS} -r 'a b' '*'
{STARTS} {run} /usr/bin/env -0 > environ
{STARTS.replace("calls", "calls2")} {run} -- /usr/bin/true --no-such-option
{run} {IMPORTS}
""")
    assert ran.status == 0, ran.stderr
    assert ran.stdout == "1.25.1 4.12.3 -r a b *\n1.25.1 4.12.3\n"
    assert ran.stderr.count("not RHEL8") == ran.stderr.count("installed") == 1, "quiet from the second time on"
    for calls in ("calls", "calls2"):
        lines = (inputs / calls).read_text().splitlines()
        starts = [line for line in lines if "execve(" in line and "ENOENT" not in line]
        assert len(starts) == 2, "the shim and the command"
        assert not [line for line in lines if "clone" in line or "fork(" in line]


@pytest.mark.usefixtures("inputs")
def test_it_gives_the_environment_that_activating_gives(shell):
    ran = shell.script(f"""
{SHIM} run {OPTIONS} sh -c {shlex.quote(shell.snapshot("cold"))}
{SHIM} run {OPTIONS} sh -c {shlex.quote(shell.snapshot("warm"))}
source {SHIM} -a {OPTIONS}
sh -c {shlex.quote(shell.snapshot("active"))}
""")
    assert ran.status == 0, ran.stderr
    cold, warm, active = (
        {n: v for n, v in ran.environments[name].items() if not OWN.match(n)} for name in ran.environments
    )
    assert cold == warm == active


@pytest.fixture
def plain(tmp_path, empty_home):
    """A shell without modules, in a directory with requirements."""
    (empty_home / "requirements.txt").write_text(REQUIREMENTS)
    shared = {"XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    return testbed.Shell(kind="bash", tool="none", scratch=tmp_path / "dumps", home=empty_home, env=shared)


def test_the_commands_end_is_its_end(plain):
    run = f"{SHIM} run -r requirements.txt --"
    ended_by_the_core = f"{run} no-such-command || echo $?\n{run} grep SigIgn /proc/self/status"
    ran = plain.script(f"""
{ended_by_the_core}
{run} true && echo ok
{run} sh -c 'exit 7' || echo $?
{run} sh -c 'kill -9 $$' || echo $?
{run} no-such-command || echo $?
{run} /etc/passwd || echo $?
echo 'echo no interpreter line' >script; chmod +x script
{run} ./script
echo from stdin | {run} cat
{run} grep SigIgn /proc/self/status; grep SigIgn /proc/self/status
{run} sh -c 'echo >started; exec sleep 1000' &
while ! [ -e started ]; do sleep 0.02; done
kill -TERM $!; wait $! || echo $?
""")
    lines = ran.stdout.splitlines()
    ignored = [line for line in lines if "SigIgn" in line]
    assert len(ignored) == 3
    assert len(set(ignored)) == 1
    ends = [line for line in lines if "SigIgn" not in line]
    assert ends == ["127", "ok", "7", "137", "127", "126", "no interpreter line", "from stdin", "143"], ran.stderr


MISTAKEN = [
    ("train.py", 127, "train.py is a file here and no command", "python train.py"),
    ("job", 127, "job is a file here and no command", "./job"),
    ("no-such-command", 127, "there is no command no-such-command", "'vsc-venv freeze'"),
    ("'python ./train.py'", 127, "there is no command python ./train.py", "Leave out the quotes: python ./train.py"),
    ("A=1 python", 127, "there is no command A=1", "env A=1 …"),
    ("source job", 127, "there is no command source", "bash -c 'source …'"),
    ("'*'", 127, "there is no command *", ""),
    ("./no-such-file", 127, "there is no command ./no-such-file", ""),
    ("./train.py", 126, "./train.py is a file that cannot be executed", "python train.py"),
    ("./venvs", 126, "./venvs is a directory", ""),
    ("''", 127, "there is no command", ""),
]


@pytest.mark.parametrize("before", ["__VSC_VENV_COLD=1", ""])
def test_what_is_no_command(plain, before):
    run = f"{before} {SHIM} run -r requirements.txt"
    said = "\n".join(f"{run} {typed} 2>{number} || echo $?" for number, (typed, *_) in enumerate(MISTAKEN))
    ran = plain.script(f"""{SHIM} run -r requirements.txt true
echo 'print(1)' >train.py; echo 'echo 1' >job; chmod +x job
{said}
""")
    assert ran.stdout.split() == [str(code) for _, code, *_ in MISTAKEN]
    for number, (_, _, message, remedy) in enumerate(MISTAKEN):
        said = (plain.home / str(number)).read_text()
        assert f"vsc-venv: error: {message}" in said
        assert remedy in said


def test_looking_for_the_command_costs_no_more_than_bash_takes(plain):
    """The files looked at from the first one that may be it."""
    run = f"strace -e trace=file,process -o calls {SHIM} run -r requirements.txt -- "
    bash = "strace -e trace=file,process -o bash bash -p -c 'exec -- \"$@\"' bash "
    for word in ("env", "/usr/bin/env"):
        ran = plain.script(
            f"{SHIM} run -r requirements.txt true\n{run} {word} true\nPATH=$PWD/venvs:$PATH {bash} {word} true"
        )
        assert ran.status == 0, ran.stderr
        ours, theirs = (
            [line for line in (plain.home / name).read_text().splitlines() if '/env"' in line]
            for name in ("calls", "bash")
        )
        assert 0 < len(ours) <= len(theirs)


def test_from_cron(shell, inputs, clone):
    """cron gives hardly any environment; that of the modules tool is what a crontab has to set."""
    wanted = re.compile(
        "LMOD|__LMOD|_LMFILES_|_ModuleTable|LOADEDMODULES|MODULE|__MODULES|VSC_|XDG_CACHE|HOME|UV_|PIP_|SSL"
    )
    environ = {name: value for name, value in shell.logged_in().items() if wanted.match(name)}
    command = [clone, "run", *OPTIONS.split(), *shlex.split(IMPORTS)]
    for _ in range(2):
        ended = process.run(command, env={**environ, "PATH": "/usr/bin:/bin"}, cwd=inputs)
        assert ended.output == "1.25.1 4.12.3\n"


@pytest.mark.parametrize("tool", ["lmod"])
@pytest.mark.usefixtures("inputs")
def test_an_inherited_environment_of_another_label_is_left_first(shell):
    run = f"{SHIM} run {OPTIONS} bash -c"
    nested = f"{shell.snapshot('haswell')}; VSC_ARCH_LOCAL=zen2 {run} {shlex.quote(shell.snapshot('nested'))}"
    ran = shell.script(f"""
VSC_ARCH_LOCAL=haswell {run} {shlex.quote(nested)}
{run} {shlex.quote(shell.snapshot("direct"))}
""")
    assert ran.status == 0, ran.stderr
    dumps = ran.environments
    assert dumps["haswell"]["VIRTUAL_ENV_PROMPT"] == "venv-RHEL8-haswell"
    nested, direct = dumps["nested"], dumps["direct"]
    assert nested["VIRTUAL_ENV"] == direct["VIRTUAL_ENV"]
    assert nested["PATH"] == direct["PATH"]
    assert nested["LOADEDMODULES"] == direct["LOADEDMODULES"]


def test_inside_an_active_environment_it_is_as_fast(shell, inputs):
    """As a step of a job whose script has activated, on a node of the same kind and of another; and within itself."""
    run = f"{SHIM} run {OPTIONS}"
    prefix = "python -c 'import numpy, sys; print(sys.prefix.split(\"/\")[-2])'"
    ran = shell.script(f"""
source {SHIM} -a {OPTIONS}
{run} {prefix}
{STARTS.replace("calls", "same")} {run} {prefix}
VSC_ARCH_LOCAL=haswell {run} {prefix}
VSC_ARCH_LOCAL=haswell {STARTS.replace("calls", "other")} {run} {prefix}
deactivate
{run} {run} {prefix}
{STARTS.replace("calls", "within")} {run} {run} {prefix}
""")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.split() == ["RHEL8-zen2"] * 2 + ["RHEL8-haswell"] * 2 + ["RHEL8-zen2"] * 2
    for calls, count in (("same", 2), ("other", 2), ("within", 3)):
        lines = (inputs / calls).read_text().splitlines()
        starts = [line for line in lines if "execve(" in line and "ENOENT" not in line]
        assert len(starts) == count, f"{calls}: {starts}"


def test_from_zsh(plain):
    imports = "python -c 'import bs4; print(bs4.__version__)'"
    zsh = f"{SHIM} run -r requirements.txt {imports}; zsh {SHIM} run -r requirements.txt {imports}"
    ran = plain.script(f"zsh -f -c {shlex.quote(zsh)}")
    assert ran.stdout == "4.12.3\n" * 2, ran.stderr


@pytest.mark.parametrize("words", ["run", "run --no-such-option true"])
def test_without_a_command(plain, words):
    ran = plain.script(f"{SHIM} {words}")
    assert ran.status == 2
    assert "error" in ran.stderr
