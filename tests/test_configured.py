"""Configuration at work: `source vsc-venv -a` is enough, at once the second time, and no change of it is missed."""

import json
import os
import shlex
from dataclasses import replace

import pytest

import driving
import testbed
from breaking.core import make_project
from counting import count, is_warm

LINE = f"{driving.SOURCE} -a"
SOMEBODY = 12345


@pytest.fixture(params=["bash", "zsh"])
def shell(request, tmp_path):
    """A shell without modules, in a project that is configured, whose environment is there."""
    shell = driving.project(tmp_path).shell(request.param, "none")
    configure(shell, 'requirements = "requirements.txt"\n')
    ran = shell.script(LINE)
    assert ran.status == 0, ran.stderr
    return shell


def configure(shell, text, name="vsc-venv.toml"):
    file = shell.cwd / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def why_asked(shell, before="", line=LINE):
    """Return why the core was asked, "" where it was not."""
    ran = shell.script(f"{before}\n{line}")
    assert ran.status == 0, ran.stderr
    return ran.stderr.strip().rpartition("; prepared anew: ")[2] if "prepared anew" in ran.stderr else ""


def test_no_change_of_the_configuration_is_missed(shell):
    assert is_warm(shell, LINE)
    file = configure(shell, 'requirements = "requirements.txt"\ngrace = "8 days"\n')
    time = file.stat().st_mtime_ns
    assert why_asked(shell) == f"changed: {file}"
    assert is_warm(shell, LINE)
    configure(shell, 'requirements = "requirements.txt"\ngrace = "9 days"\n')
    os.utime(file, ns=(time, time))
    assert why_asked(shell) == f"changed: {file}"
    user = configure(shell, 'grace = "3 days"\n', f"{shell.home}/.config/vsc-venv/config.toml")
    assert why_asked(shell) == f"new: {user}"
    assert is_warm(shell, LINE)
    user.write_text("grace = 4\n")
    assert why_asked(shell) == f"changed: {user}"
    user.unlink()
    assert why_asked(shell) == f"gone: {user}" or is_warm(shell, LINE)
    assert is_warm(shell, LINE)
    site = configure(shell, "grace = 5\n", f"{shell.cwd}/site.toml")
    for before in (f"export XDG_CONFIG_HOME='{shell.home}'", "export VSC_VENV_GRACE=2h"):
        assert "another starting point" in why_asked(shell, before)
        assert is_warm(shell, LINE, before)
    before = f"export VSC_VENV_CONFIG={shlex.quote(str(site))}"
    assert "another starting point: VSC_VENV_" in why_asked(shell, before)
    site.write_text("grace = 6\n")
    assert why_asked(shell, before)
    assert is_warm(shell, LINE, before)
    pyproject = configure(shell, "[tool.vsc-venv]\n", "pyproject.toml")
    ran = shell.script(LINE)
    assert ran.status == 1
    assert "vsc-venv.toml and [tool.vsc-venv] of pyproject.toml both configure" in ran.stderr
    pyproject.write_text("[project]\nname = 'x'\n")
    assert "new: " in why_asked(shell)
    assert is_warm(shell, LINE)
    assert [one.name for one in shell.cwd.glob("venvs/.vsc-venv/*-*/[0-9]*")] == ["1"], "nothing was built for all this"


def test_what_reading_the_configuration_costs(shell):
    """Four places are looked at, and the file that is there is read as any other."""
    plain = f"{driving.SOURCE} -a -r requirements.txt"
    (shell.cwd / "vsc-venv.toml").unlink()
    assert shell.script(plain).status == 0
    without = count(shell, "", plain)
    configure(shell, 'requirements = "requirements.txt"\n')
    assert shell.script(LINE).status == 0
    configured = count(shell, "", LINE)
    assert (configured.processes, configured.writes) == (0, ())
    a_slot_for_other_words = 7
    assert configured.file_calls - without.file_calls <= 7 + a_slot_for_other_words


def test_no_password_is_kept(shell):
    """One in a file costs nothing; one in a variable, which would have to be compared, costs the record."""
    user = configure(
        shell, "index-url = 'https://me:s3cret@127.0.0.1/'\n", f"{shell.home}/.config/vsc-venv/config.toml"
    )
    assert shell.script(f"{LINE} --offline").status == 0
    assert is_warm(shell, f"{LINE} --offline")
    user.write_text("index-url = 'https://me:s3cret@127.0.0.1/'\ngrace = 3\n")
    assert why_asked(shell, line=f"{LINE} --offline") == f"changed: {user}"
    before = "export VSC_VENV_EXTRA_INDEX_URL=https://me:s3cret@127.0.0.1/"
    assert shell.script(f"{before}; {LINE} --offline").status == 0
    assert why_asked(shell, before, f"{LINE} --offline") == "$VSC_VENV_EXTRA_INDEX_URL holds a password"
    assert not is_warm(shell, f"{LINE} --offline", before)
    kept = [one for one in shell.cwd.rglob("*") if one.is_file() and b"s3cret" in one.read_bytes()]
    assert kept == []


def test_in_a_directory_below_the_one_that_is_configured(shell):
    (shell.cwd / "below").mkdir()
    for line in (LINE, *(f"{driving.CLONE} {command}" for command in ("list", "show", "lock", "jobscript"))):
        ran = shell.script(f"cd below; {line}")
        assert ran.status == 1
        assert f"vsc-venv.toml is in {shell.cwd}. First: cd " in ran.stderr


def test_environments_that_lie_elsewhere(shell):
    configure(shell, 'requirements = "requirements.txt"\nvenvs = "else where/$USER"\n')
    ran = shell.script(f'{LINE}\necho "$VIRTUAL_ENV"')
    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith(f"{shell.cwd}/else where/vsc40000/.vsc-venv/")
    assert is_warm(shell, LINE)
    assert not why_asked(shell, "export USER=other")
    assert (shell.cwd / "else where/other").is_dir(), "it was built there"


def test_environments_side_by_side(shell):
    (shell.cwd / "gpu.txt").write_text("# for GPUs\n")
    configure(
        shell,
        'requirements = "requirements.txt"\n[names.gpu]\nrequirements = "gpu.txt"\n[names.venv]\ngrace = "1 day"\n',
    )
    named = f"{LINE} --name gpu"
    ran = shell.script(f"{named} && echo $VIRTUAL_ENV_PROMPT && {LINE} && echo $VIRTUAL_ENV_PROMPT && deactivate")
    assert ran.status == 0, ran.stderr
    label = ran.stdout.split()[1].removeprefix("venv-")
    assert ran.stdout.split() == [f"gpu-{label}", f"venv-{label}"]
    assert is_warm(shell, LINE)
    assert is_warm(shell, named)
    assert sorted(one.name for one in shell.cwd.glob("venvs/[!.]*-*")) == [f"gpu-{label}", f"venv-{label}"]
    listed = shell.script(f"{driving.SOURCE.removeprefix('source ')} list --json")
    assert [one["name"] for one in json.loads(listed.stdout)] == [f"venv-{label}", f"gpu-{label}"]
    ran = shell.script(f"{LINE} --name gup")
    assert ran.status == 1
    assert "has no environment gup (--name)" in ran.stderr
    assert "Was gpu meant?" in ran.stderr


@pytest.mark.parametrize(("kind", "tool"), driving.EACH)
def test_other_modules_for_some_labels(tmp_path, kind, tool):
    python = testbed.site().python.module
    first, second = testbed.chain(2)
    here = driving.project(tmp_path)
    shell = here.shell(kind, tool)
    configure(
        shell,
        'requirements = "requirements.txt"\nmodules = "modules.txt"\n'
        f'[labels.haswell]\nmodules = [\n"{python}",\n"{first}"]',
    )
    other = "export VSC_ARCH_LOCAL=haswell"
    ran = shell.script(f"{LINE} && echo $LOADEDMODULES; deactivate; {other}; {LINE} && echo $LOADEDMODULES")
    assert ran.status == 0, ran.stderr
    assert [first in line.split(":") for line in ran.stdout.splitlines()] == [False, True]
    assert is_warm(shell, LINE)
    assert is_warm(shell, LINE, other)
    text = (shell.cwd / "vsc-venv.toml").read_text()
    configure(shell, text.replace(first, f'{first}",\n"{second}'))
    ran = shell.script(f"{other}; {LINE}")
    assert f"updating venv-RHEL8-haswell: module names: {python}, {first}, {second} instead of" in ran.stderr
    configure(shell, text.replace(first, "no-such/1.0"))
    ran = shell.script(f"{other}; {LINE}")
    assert ran.status == 1
    assert "vsc-venv.toml:6" in ran.stderr
    configure(shell, text.replace(f'"{first}"', '"modules.txt"'))
    ran = shell.script(f"{other}; {LINE}")
    assert "vsc-venv.toml:4: modules.txt is a file, not a module" in ran.stderr


# ---- by the core alone ----------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path / "project", tmp_path / "home")
    (made.directory / "vsc-venv.toml").write_text('requirements = "requirements.txt"\n')
    return made


def with_variables(project, **variables):
    return replace(project, environ={**project.environ, **variables})


def settings(project, *words):
    code, said = project.run("config", "--json", *words)
    assert code == 0, said
    return json.JSONDecoder().raw_decode(said)[0]


def test_every_value_and_where_it_comes_from(project):
    site = project.directory / "site.toml"
    site.write_text('index-url = "https://me:secret@example.org/simple"\noffline = true\n[enforce]\npre = false\n')
    there = with_variables(project, VSC_VENV_CONFIG=str(site), VSC_VENV_GRACE="36h", VSC_VENV_EXTRAS="a b")
    found = settings(there, "--online", "-p", "zen2", "-p", "zen5")["settings"]
    assert {key: (one["value"], one["origin"]) for key, one in found.items() if one["origin"] != "default"} == {
        "cache": (f"{there.environ['XDG_CACHE_HOME']}/vsc-venv", "default, by $XDG_CACHE_HOME"),
        "requirements": ([f"{project.directory}/requirements.txt"], f"{project.directory}/vsc-venv.toml:1"),
        "extras": (["a", "b"], "$VSC_VENV_EXTRAS"),
        "index-url": ("https://****@example.org/simple", f"{site}:1"),
        "pre": (False, f"{site}:4"),
        "offline": (False, "--online"),
        "grace": ("36 hours", "$VSC_VENV_GRACE"),
        "partitions": (["zen2", "zen5"], "--partition"),
    }
    files = settings(there)["files"]
    assert files[str(site)] == files[f"{project.directory}/vsc-venv.toml"] == "read"
    assert files[f"{project.directory}/pyproject.toml"] == "not there"
    code, said = there.run("config")
    assert code == 0
    assert any(line.split() == ["grace", "36", "hours", "$VSC_VENV_GRACE"] for line in said.splitlines())
    assert "secret" not in said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VSC_VENV_GRACE", "soon", "$VSC_VENV_GRACE: 'soon' is not a time"),
        ("VSC_VENV_INSTALLER", "conda", "$VSC_VENV_INSTALLER: 'conda'"),
        ("VSC_VENV_PRE", "perhaps", "$VSC_VENV_PRE: 'perhaps'"),
    ],
)
def test_a_variable_that_cannot_be_understood_is_2(project, name, value, said):
    code, told = with_variables(project, **{name: value}).run("prepare")
    assert code == 2
    assert said in told


def test_mistakes(project):
    (project.directory / "vsc-venv.toml").write_text('requirement = "requirements.txt"\n')
    code, said = project.run("prepare")
    assert code == 1
    assert f"{project.directory}/vsc-venv.toml:1: there is no setting 'requirement'" in said
    assert "Was requirements meant?" in said
    (project.directory / "vsc-venv.toml").write_text('requirements = ["thing"]\n')
    for command in ("prepare", "jobscript"):
        code, said = project.run(command)
        assert code == 1
        assert f"{project.directory}/vsc-venv.toml:1: {project.directory}/thing does not exist" in said
    assert project.run("config")[0] == 0
    (project.directory / "vsc-venv.toml").write_text('requirements = "requirement.txt"\n')
    assert f"There is {project.directory}/requirements.txt: was that meant?" in project.run("prepare")[1]
    code, said = with_variables(project, VSC_VENV_CONFIG="/nowhere.toml").run("prepare")
    assert code == 1
    assert "/nowhere.toml: this site's configuration does not exist" in said


def test_a_site_may_enforce(project):
    site = project.directory / "site.toml"
    site.write_text("[enforce]\nno-build = true\n")
    there = with_variables(project, VSC_VENV_CONFIG=str(site))
    code, said = there.run("prepare", "--build")
    assert code == 1
    assert f"--build says no-build is false, but this site allows only true ({site}:2)" in said
    assert "--no-build forbids to build it" in there.run("prepare")[1]


def test_somebody_elses_configuration_is_refused_until_accepted(project):
    os.chown(project.directory / "vsc-venv.toml", SOMEBODY, SOMEBODY)
    code, said = project.run("prepare")
    assert code == 1
    assert f"vsc-venv.toml belongs to user {SOMEBODY}" in said
    assert project.run("trust", str(project.directory))[0] == 0
    assert project.run("prepare")[0] == 0


def test_a_site_may_trust_a_tree_by_a_file_that_only_root_can_write(project, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text(f'trust = ["{project.directory}"]\n')
    assert project.run("prepare")[0] == 0
    os.chown(project.label_home, SOMEBODY, SOMEBODY)
    there = with_variables(project, VSC_VENV_CONFIG=str(site))
    assert project.run("prepare")[0] == 1
    assert there.run("prepare")[0] == 0
    for owner, mode in ((SOMEBODY, 0o644), (0, 0o664), (0, 0o646)):
        os.chown(site, owner, 0)
        site.chmod(mode)
        code, said = there.run("prepare")
        assert code == 1
        assert "'trust' counts only where nobody but root can write the file" in said


def test_superseded_generations_go_when_the_configuration_says_so(project):
    for version, grace, left in (("1.0", "", "1"), ("2.0", "", "12"), ("1.0", "grace = '0s'\n", "1")):
        project.require(version)
        (project.directory / "vsc-venv.toml").write_text(f'requirements = "requirements.txt"\n{grace}')
        assert project.run("prepare")[0] == 0
        assert "".join(sorted(one.name for one in project.label_home.glob("[0-9]*"))) == left


def test_where_caches_lie_where_nothing_says_so(project, tmp_path):
    nowhere = {"XDG_CACHE_HOME": "", "UV_CACHE_DIR": "", "VSC_SCRATCH": "", "HOME": str(tmp_path)}
    for more, variable in (({}, "HOME"), ({"VSC_SCRATCH": str(tmp_path)}, "VSC_SCRATCH")):
        found = settings(with_variables(project, **{**nowhere, **more}))["settings"]["cache"]
        assert (found["value"], found["origin"]) == (f"{tmp_path}/.cache/vsc-venv", f"default, by ${variable}")


def test_caches_lie_where_the_configuration_says(project):
    cache = project.directory.parent / "cache"
    (project.directory / "vsc-venv.toml").write_text('requirements = "requirements.txt"\ncache = "../cache"\n')
    assert project.run("prepare")[0] == 0
    assert (cache / "downloads").is_dir()
    code, said = project.run("run", "sh", "-c", 'echo "$UV_CACHE_DIR"')
    assert (code, f"{cache}/built/" in said) == (0, True), said


def test_jobs_read_the_configuration_themselves(project):
    code, said = project.run("jobscript")
    assert code == 0, said
    assert " --activate || exit\n" in said
    there = with_variables(project, VSC_VENV_GRACE="3 days", VSC_VENV_PRE="1")
    assert " --activate --pre --grace '3 days' --recreate || exit\n" in there.run("jobscript", "--recreate")[1]
