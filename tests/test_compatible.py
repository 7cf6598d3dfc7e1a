"""Never build here: `--no-build`, and `--compatible`, which takes what another microarchitecture has."""

from __future__ import annotations

import pytest

import testbed
from driving import SHIM

OTHER_CPUS = ("haswell", "broadwell", "cascadelake", "sapphirerapids", "grace")


@pytest.fixture
def shell_kind():
    return "bash"


@pytest.fixture
def plain(tmp_path, empty_home, clone):
    """A shell on a node whose CPU the site calls zen5, with a command `vsc_venv`."""
    testbed.Wheels(tmp_path / "wheels").wheel(testbed.Distribution("thing", "1.0"))
    (empty_home / "requirements.txt").write_text("thing\n")
    (empty_home / "other.txt").write_text("thing==1.0\n")
    environ = {
        "XDG_CACHE_HOME": str(testbed.shared_cache("xdg")),
        "VSC_OS_LOCAL": "debian12",
        "VSC_ARCH_LOCAL": "zen5",
        "UV_FIND_LINKS": str(tmp_path / "wheels"),
        "PIP_NO_INDEX": "1",
        "VSC_VENV": str(clone),
    }
    return testbed.Shell(kind="bash", tool="none", scratch=tmp_path / "dumps", home=empty_home, env=environ)


def on(cpus):
    return "\n".join(f'VSC_ARCH_LOCAL={cpu} "$VSC_VENV" prepare -r requirements.txt --force || exit' for cpu in cpus)


@pytest.mark.parametrize(
    "command", ['"$VSC_VENV" run {} true', '"$VSC_VENV" prepare {}', 'source "$VSC_VENV" --activate {}']
)
def test_no_build(plain, command):
    command = command.format("--no-build -r requirements.txt")
    ran = plain.script(command)
    assert ran.status == 1
    assert "there is no venv-debian12-zen5" in ran.stderr
    (build,) = (line.partition("node: ")[2] for line in ran.stderr.splitlines() if "Build it" in line)
    assert build == "vsc-venv prepare --requirements requirements.txt"
    ran = plain.script(f'vsc-venv() {{ "$VSC_VENV" "$@"; }}\n{build} && {command}\n')
    assert ran.status == 0, ran.stderr
    (plain.home / "requirements.txt").write_text("thing==1.0\n")
    ran = plain.script(command)
    assert ran.status == 1
    assert "venv-debian12-zen5 does not answer (requirements.txt" in ran.stderr


def test_the_best_that_this_cpu_can_run(plain):
    ran = plain.script(f"""
{on(OTHER_CPUS)}
"$VSC_VENV" run --compatible -r requirements.txt python -c 'import sys; print(sys.prefix)'
"$VSC_VENV" run --compatible --no-build sh -c 'echo "$VIRTUAL_ENV_PROMPT"'
source "$VSC_VENV" -a --compatible && echo "$VIRTUAL_ENV_PROMPT" && deactivate
""")
    assert ran.status == 0, ran.stderr
    prefix, *prompts = ran.stdout.splitlines()
    assert prefix.endswith("/debian12-cascadelake/1")
    assert prompts == ["venv-debian12-cascadelake"] * 2
    assert ran.stderr.count("there is no venv-debian12-zen5: using venv-debian12-cascadelake") == 3
    assert not (plain.home / "venvs/venv-debian12-zen5").exists()


def test_its_own_goes_first_as_soon_as_there_is_one(plain):
    run = '"$VSC_VENV" run --compatible sh -c \'echo "$VIRTUAL_ENV_PROMPT"\''
    ran = plain.script(f"{on(['haswell'])}\n{run}\n{run}\n{on(['zen5'])}\n{run}\n")
    assert ran.stdout.split() == ["venv-debian12-haswell"] * 2 + ["venv-debian12-zen5"], ran.stderr


@pytest.mark.parametrize("change", ["-r other.txt", "edited"])
def test_only_what_was_asked_for(plain, change):
    assert plain.script(on(["haswell"])).status == 0
    words = change
    if change == "edited":
        words = "-r requirements.txt"
        (plain.home / "requirements.txt").write_text("thing==1.0\n")
    ran = plain.script(f'"$VSC_VENV" run --compatible --no-build {words} true')
    assert ran.status == 1
    assert "Build it" in ran.stderr


def test_only_with_the_lock_file_that_there_is(plain):
    run = '"$VSC_VENV" run --compatible --no-build -r requirements.txt'
    assert plain.script(f"{on(['haswell'])}\n{run} true && ! {run} --locked true").status == 0
    locked = plain.script(f'VSC_ARCH_LOCAL=haswell "$VSC_VENV" lock -r requirements.txt\n{run} true')
    assert locked.status == 1
    assert "there is no venv-debian12-zen5" in locked.stderr
    assert "pylock.toml is read too" in plain.script('"$VSC_VENV" list').stdout
    assert "fresh" in plain.script('echo "no-lock = true" >vsc-venv.toml; "$VSC_VENV" list; rm vsc-venv.toml').stdout
    assert plain.script(f"{run} --no-lock true").status == 0
    assert plain.script(f"{on(['haswell'])}\n{run} true && {run} --locked true && ! {run} --no-lock true").status == 0
    (plain.home / "requirements.txt").write_text("thing==1.0\n")
    moved = "the requirements have moved on since pylock.toml was made: +thing==1.0, -thing"
    ran = plain.script(f"{on(['haswell'])}\nexec 2>&1\n{run} echo entered && {run} --locked echo again")
    assert ran.status == 1
    assert ran.stdout.count(moved) == 2
    assert "entered\n" in ran.stdout
    assert "again\n" not in ran.stdout


def test_nothing_whose_python_is_not_on_this_node(plain):
    assert plain.script(on(["haswell", "cascadelake"])).status == 0
    (plain.home / "venvs/venv-debian12-cascadelake/bin/python").unlink()
    run = '"$VSC_VENV" run --compatible --no-build -r requirements.txt sh -c \'echo "$VIRTUAL_ENV_PROMPT"\''
    assert plain.script(run).stdout == "venv-debian12-haswell\n"


@pytest.mark.parametrize("of_other", ["grace", "sapphirerapids"])
def test_nothing_that_this_cpu_may_not_run(plain, of_other):
    ran = plain.script(f'{on([of_other])}\n"$VSC_VENV" run --compatible --no-build -r requirements.txt true')
    assert ran.status == 1, ran.stderr
    assert "there is no venv-debian12-zen5, and of the others here none that surely runs on this CPU" in ran.stderr


def test_what_is_not_typed_is_what_this_nodes_environment_was_built_from_else_the_last(plain):
    ran = plain.script(f"""
{on(["haswell"])}
"$VSC_VENV" prepare -r other.txt || exit
"$VSC_VENV" jobscript | grep activate
VSC_ARCH_LOCAL=haswell "$VSC_VENV" jobscript | grep activate
VSC_ARCH_LOCAL=cascadelake "$VSC_VENV" jobscript | grep activate
VSC_ARCH_LOCAL=cascadelake "$VSC_VENV" show
""")
    files = [line.partition("--requirements ")[2].split()[0] for line in ran.stdout.splitlines()]
    assert files == ["other.txt", "requirements.txt", "other.txt"]
    assert "make it: source vsc-venv --activate --requirements other.txt" in ran.stderr


def test_of_another_label_what_is_configured_for_that(plain):
    configuration = plain.home / "vsc-venv.toml"
    configuration.write_text('requirements = "requirements.txt"\n[labels.haswell]\nrequirements = "other.txt"\n')
    run = '"$VSC_VENV" run --compatible --no-build sh -c \'echo "$VIRTUAL_ENV_PROMPT"\''
    ran = plain.script(f'VSC_ARCH_LOCAL=haswell "$VSC_VENV" prepare && {run}')
    assert ran.status == 0, ran.stderr
    assert ran.stdout == "venv-debian12-haswell\n"
    configuration.write_text('requirements = "requirements.txt"\n')
    assert "there is no venv-debian12-zen5" in plain.script(run).stderr


def test_with_the_modules_it_was_built_on(shell, project):
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    (project / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\n")
    words = "-r requirements.txt -m modules.txt"
    ran = shell.script(f"""
export VSC_OS_LOCAL=debian12
VSC_ARCH_LOCAL=haswell {SHIM} prepare {words}
{shell.snapshot("before")}
source {SHIM} -a --compatible --no-build {words}
{shell.snapshot("active")}
python -c 'import numpy, bs4; print(numpy.__file__)'
deactivate
{shell.snapshot("after")}
""")
    assert ran.status == 0, ran.stderr
    assert "SciPy-bundle" in ran.stdout
    assert ran.environments["active"]["VIRTUAL_ENV_PROMPT"] == "venv-debian12-haswell"
    assert "SciPy-bundle" in ran.environments["active"]["LOADEDMODULES"]
    assert {**ran.environments["before"], "_": ""} == {**ran.environments["after"], "_": ""}
