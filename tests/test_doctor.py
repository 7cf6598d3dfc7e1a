"""`vsc-venv doctor`: each check with the very thing broken that it looks for."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from dataclasses import replace

import pytest

from breaking.refusing import small_disk
from engine import index
from looking import look
from machines import replay
from vscvenv import environ
from vscvenv.doctor import environments, fastpath, network, node, shell, starting, storage
from vscvenv.doctor.finding import Case
from vscvenv.host import detect_host
from vscvenv.request import Manner, Request


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    return look(tmp_path_factory.mktemp("doctor"))


@pytest.fixture
def case(looked):
    """Return the case of a shell in the project, at login, with more variables."""

    def case(*, active=False, venvs=looked.venvs, **more):
        environ = {**(looked.active if active else looked.environ), **more}
        return Case(environ, looked.directory, Request(venvs), detect_host(), Manner(), lambda: "Make it.")

    return case


def only(check, case, state):
    """Return what the check finds in this state, which must be one thing, and with a remedy where it is wrong."""
    (found,) = [one for one in check(case) if one.state == state]
    assert found.remedy or state != "wrong", found
    return found


def states(check, case):
    return {one.state for one in check(case)}


def test_all_of_it_for_people_and_programs(looked):
    text = looked.run("doctor", "--offline").output
    assert re.search(r"^ok +modules tool +Lmod \(/", text, re.MULTILINE)
    assert re.search(r"^ok +network +not looked at", text, re.MULTILINE)
    found = looked.json("doctor", "--offline", code=1, CONDA_SHLVL="1", CONDA_PREFIX="/c")
    assert {
        "what": "conda",
        "state": "wrong",
        "said": "/c is active",
        "remedy": "Leave it first: conda deactivate",
    } in found
    assert "1 of " in looked.run("doctor", "--offline", code=1, MODULES_CMD="/nowhere").messages


def test_in_an_empty_directory_it_writes_nothing(looked, tmp_path):
    looked.run("doctor", "--offline", "--venvs", tmp_path / "venvs")
    assert not list(tmp_path.iterdir())


def test_where_there_is_nothing_it_says_what_to_do(looked, tmp_path):
    found = {one["what"]: one for one in looked.json("doctor", "--offline", "--venvs", tmp_path / "venvs")}
    assert found["venvs"]["said"] == f"there are no environments in {tmp_path}/venvs"
    assert found["venvs"]["remedy"].startswith("Make it: source vsc-venv --activate --requirements requirements.txt ")


@pytest.mark.parametrize("broken", ["neoverse_v1", "../zen2"])
def test_a_label_that_this_node_cannot_have(looked, broken):
    found = looked.json("doctor", "--offline", code=1, VSC_ARCH_LOCAL=broken)
    assert next(one["what"] for one in found if one["state"] == "wrong") == "label"


def test_a_label_that_was_detected(case, tmp_path):
    here = replace(case(), host=detect_host(replay(tmp_path, os="rocky9", cpu="zen4")))
    here.environ.pop("VSC_OS_LOCAL")
    here.environ.pop("VSC_ARCH_LOCAL")
    assert only(node.label, here, "ok").said == "rocky9-zen4 (detected)"


def test_the_modules_tool(case):
    assert states(node.modules_tool, case()) == {"ok"}
    assert "/nowhere/lmod" in only(node.modules_tool, case(LMOD_CMD="/nowhere/lmod"), "wrong").said
    assert "none in this shell" in only(node.modules_tool, case(LMOD_CMD="/nowhere/lmod"), "note").said
    assert "fails" in only(node.modules_tool, case(LMOD_CMD="/bin/false"), "wrong").said
    gone = case(MODULEPATH="/nowhere/modules/all")
    assert "/nowhere/modules/all" in only(node.modules_tool, gone, "note").said


def test_file_systems(case, tmp_path):
    assert states(storage.file_systems, case()) == {"ok"}
    venvs = tmp_path / "venvs"
    for options, said in (("size=1m", "too little"), ("nr_inodes=30", "too little"), ("size=1g,noexec", "noexec")):
        with small_disk(venvs, options):
            found = only(storage.file_systems, case(venvs=venvs), "wrong")
            assert said in found.said
            assert "tmpfs" in found.said
    with small_disk(venvs, "size=1g,ro"):
        assert "cannot write" in only(storage.file_systems, case(venvs=venvs), "note").said
        assert list(storage.locks(case(venvs=venvs))) == []
        found = only(storage.file_systems, case(TMPDIR=str(venvs)), "wrong")
        assert (found.what, "TMPDIR" in found.remedy) == ("temporary", True)


def test_locks(case, tmp_path):
    assert "flock work" in only(storage.locks, case(), "ok").said
    with small_disk(tmp_path / "venvs", "nr_inodes=2"):
        assert "gives none" in only(storage.locks, case(venvs=tmp_path / "venvs"), "wrong").said


def test_quotas(case, tmp_path):
    """The command is not to be had here: no file system of this machine has quotas."""
    with_it = case(PATH=f"{tmp_path}:/usr/bin:/bin")
    assert list(storage.quotas(case())) == []
    command(tmp_path / "quota", "")
    assert only(storage.quotas, with_it, "ok").said == "none is used up"
    command(tmp_path / "quota", 'echo "Disk quotas for user me (uid 1): /home 3145728* 3000000 3145728"; exit 1')
    assert "/home 3145728*" in only(storage.quotas, with_it, "wrong").said


def test_quotas_of_lustre(case, tmp_path):
    """As lfs-quota(1) has it; with -q, the line of the user alone."""
    with_it = case(PATH=f"{tmp_path}:/usr/bin:/bin")
    command(tmp_path / "lfs", 'echo "lfs: quotactl failed: Inappropriate ioctl for device" >&2; exit 25')
    assert list(storage.quotas(with_it)) == [], "another file system"
    line = "/mnt/scratch   1.5G{}      1G      2G 6d23h59m{}   5021       0       0       -"
    for over, state in (("*", "wrong"), ("", "ok")):
        command(tmp_path / "lfs", f'[ "$1 $2" = "quota -q" ] && echo "{line.format(over, over and " ")}"')
        said = only(storage.quotas, with_it, state).said
        assert said == ("/mnt/scratch 1.5G* 1G 2G 6d23h59m 5021 0 0 -" if over else "none is used up")


def command(file, text):
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_caches_in_the_home_directory(case, tmp_path):
    at_home = case(HOME=str(tmp_path), XDG_CACHE_HOME=f"{tmp_path}/.cache", UV_CACHE_DIR="")
    assert "in the home directory" in only(storage.cache_places, at_home, "note").said
    assert list(storage.cache_places(case(HOME="/nowhere"))) == []
    assert case(active=True).cache == case().cache
    assert replace(at_home, manner=Manner(cache=tmp_path.parent)).cache == tmp_path.parent


def test_the_package_index(case, tmp_path):
    nothing = "http://127.0.0.1:9/simple"
    refused = case(UV_DEFAULT_INDEX=nothing)
    assert "the package index cannot be reached" in only(network.index, refused, "wrong").said
    in_job = case(UV_DEFAULT_INDEX=nothing, SLURM_JOB_ID="1")
    assert "some compute nodes" in only(network.index, in_job, "note").remedy.lower()
    proxy = case(HTTPS_PROXY="http://me:secret@127.0.0.1:9")
    assert "through the proxy http" in only(network.index, proxy, "wrong").said
    with index(tmp_path / "index") as (url, _):
        # It does not have what is asked for, but it answers.
        assert only(network.index, case(UV_DEFAULT_INDEX=url), "ok").said == "the package index answers"
    assert only(network.index, replace(refused, offline=True), "ok").said == "not looked at (--offline)"


def test_a_proxys_password_is_not_shown(looked):
    ran = looked.run("doctor", "--json", code=1, HTTPS_PROXY="http://me:secret@127.0.0.1:9")
    assert "secret" not in ran.output + ran.messages
    assert "****@127.0.0.1:9" in ran.output


@contextlib.contextmanager
def copied(looked, label="RHEL8-zen3"):
    """Have an environment to break, and give its directory and the variables of a node that it is for."""
    try:
        yield looked.copy(label, "RHEL8-zen2"), {"VSC_ARCH_LOCAL": label.partition("-")[2]}
    finally:
        looked.run("remove", label, "--force")


def test_environments_that_cannot_be_used(looked, case):
    assert states(environments.complete, case()) == {"ok"}
    with copied(looked) as (generation, there):
        (generation / "vsc-venv.json").write_text("{")
        found = only(environments.complete, case(**there), "wrong")
        assert "damaged" in found.said
        assert found.remedy.endswith("vsc-venv remove RHEL8-zen3")
    with copied(looked, "RHEL8-neoverse_v1"):
        assert "not for this node: neoverse_v1" in only(environments.complete, case(), "note").said


@pytest.mark.parametrize(
    "gone", ["lib", "lib/python3*/site-packages/colorama/*.py", "lib/python3*/site-packages/*/METADATA"]
)
def test_files_that_were_removed_from_an_environment(looked, case, gone):
    """As a file system does that keeps nothing for long; what Python itself wrote there does not count."""
    with copied(looked) as (generation, there):
        for compiled in generation.rglob("*.pyc"):
            compiled.unlink()
        assert states(environments.complete, case(**there)) == {"ok"}
        for path in list(generation.glob(gone)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        found = only(environments.complete, case(**there), "wrong")
        assert "colorama" in found.said
        assert found.remedy.endswith("--recreate")


def test_modules_that_vanished(looked, case, tmp_path):
    tree = tmp_path / "modules"
    (tree / "fleeting").mkdir(parents=True)
    (tree / "fleeting/1.0").write_text("#%Module\nsetenv FLEETING 1\n")
    path = {"MODULEPATH": f"{tree}:{looked.environ['MODULEPATH']}", "VSC_ARCH_LOCAL": "zen4"}
    (looked.directory / "fleeting.txt").write_text("fleeting/1.0\n")
    (looked.directory / "nothing.txt").touch()
    looked.run("prepare", "-r", "nothing.txt", "-m", "fleeting.txt", **path)
    assert states(environments.modules_load, case(**path)) == {"ok"}
    (tree / "fleeting/1.0").unlink()
    found = only(environments.modules_load, case(**path), "wrong")
    assert "fleeting/1.0" in found.said
    listed = {one["label"]: one for one in looked.json("list", **path)}
    assert listed["RHEL8-zen4"]["reasons"] == ["modules that are gone: fleeting/1.0"]
    looked.run("remove", "RHEL8-zen4")


def test_illegal_instruction(looked, case):
    assert states(starting.starts, case()) == {"ok"}
    with copied(looked) as (generation, there):
        (generation / "bin/python").unlink()
        (generation / "bin/python").write_text("#!/bin/sh\nkill -ILL $$\n")
        (generation / "bin/python").chmod(0o755)
        found = only(starting.starts, case(**there), "wrong")
        assert "Illegal instruction: it was built for another CPU" in found.said


def test_nothing_of_others_is_started_or_loaded(looked, tmp_path):
    ran = tmp_path / "ran"
    (looked.directory / "modules").mkdir()
    (looked.directory / "modules/spy.lua").write_text(f'os.execute("touch \\"{ran}\\"")\n')
    (looked.directory / "spy.txt").write_text("module use modules\nspy\n")
    looked.run("prepare", "-r", "small.txt", "-m", "spy.txt", VSC_ARCH_LOCAL="zen4")
    assert ran.exists()
    python = next(looked.store("RHEL8-zen4").glob("*/bin/python"))
    python.unlink()
    python.write_text(f'#!/bin/sh\ntouch "{ran}"\n')
    python.chmod(0o755)
    ran.unlink()
    looked.venvs.chmod(0o777)
    try:
        found = looked.json("doctor", "--offline", code=1, VSC_ARCH_LOCAL="zen4")
    finally:
        looked.venvs.chmod(0o755)
        looked.run("remove", "RHEL8-zen4")
    assert not ran.exists()
    assert [one["remedy"] for one in found if "can be written by everybody" in one["said"]] == [
        f"If you trust whoever can write there: vsc-venv trust '{looked.venvs}'"
    ]


def test_glibc_not_found(looked, case):
    with copied(looked) as (generation, there):
        for file in generation.rglob("numpy/core/*.so"):
            newer = re.sub(rb"\0GLIBC_2\.\d(?=[\d.]*\0)", b"\0GLIBC_9.9", file.read_bytes())
            file.unlink()
            file.write_bytes(newer)
        assert "GLIBC not found" in only(starting.starts, case(**there), "wrong").said


def test_libpython_not_found(case):
    found = only(starting.starts_bare, case(), "note")
    assert "libpython not found: the module of its Python is not loaded" in found.said
    assert "vsc-venv run" in found.remedy


def test_a_library_of_a_module_that_is_gone(looked, case):
    with copied(looked) as (generation, there):
        changes = generation / "entered.json"
        data = json.loads(changes.read_text())
        data["after"]["LD_LIBRARY_PATH"] = "/nowhere"
        data["before"]["LD_LIBRARY_PATH"] = None
        changes.write_text(json.dumps(data))
        assert states(starting.starts, case(**there)) == {"ok", "wrong"}


def test_distributions(looked, case):
    found = {one.what: one for one in environments.distributions(case())}
    assert "numpy 1.25.1" in found["shadowed"].said
    assert found["distributions"].state == "ok"
    with copied(looked) as (generation, there):
        packages = next(generation.glob("lib/python3*/site-packages"))
        shutil.rmtree(next(packages.glob("colorama-*.dist-info")))
        metadata = next(packages.glob("numpy-*.dist-info")) / "METADATA"
        metadata.write_text(metadata.read_text().replace("Version: 1.26.4", "Version: 2.0.0"))
        broken = only(environments.distributions, case(**there), "wrong").said
    assert "icecream 2.1.3 requires colorama>=0.3.9, which is not there" in broken
    assert "numpy 2.0.0 may break pandas 2.0.3" in broken


def test_modules_that_changed_while_it_is_active(case):
    assert list(shell.modules_since(case(active=True))) == []
    assert list(shell.modules_since(case())) == []
    loaded = case(active=True).environ["LOADEDMODULES"].split(":")
    changed = case(active=True, LOADEDMODULES=":".join([*loaded[:-1], "other/1.0"]))
    said = only(shell.modules_since, changed, "wrong").said
    assert said.endswith(f"+other/1.0, -{loaded[-1]}")


def test_no_module_changed_where_none_is_asked_for(looked, case):
    inside = looked.run("run", "-r", "small.txt", "env", "-0", VSC_ARCH_LOCAL="haswell")
    active = case()
    active.environ.update(environ.parse(inside.stdout))
    assert "cluster/alpha" in active.environ["LOADEDMODULES"]
    assert list(shell.modules_since(active)) == []


def test_an_environment_of_another_node(case):
    assert list(shell.inherited(case(active=True))) == list(shell.inherited(case())) == []
    found = only(shell.inherited, case(active=True, VSC_ARCH_LOCAL="haswell"), "wrong")
    assert "venv-RHEL8-zen2 is, and this node is RHEL8-haswell" in found.said


def test_another_python_on_the_path(case, tmp_path):
    assert list(shell.python_on_path(case(active=True))) == []
    (tmp_path / "python").symlink_to("/bin/true")
    other = case(active=True)
    other.environ["PATH"] = f"{tmp_path}:{other.environ['PATH']}"
    assert f"python is {tmp_path}/python" in only(shell.python_on_path, other, "wrong").said


def test_variables_that_get_in_the_way(case, tmp_path):
    assert list(shell.variables(case())) == list(shell.variables(case(active=True))) == []
    assert only(shell.variables, case(PYTHONHOME="/usr"), "note").remedy == "unset PYTHONHOME"
    assert str(tmp_path) in only(shell.variables, case(active=True, PYTHONPATH=str(tmp_path)), "note").said
    assert only(shell.variables, case(CONDA_SHLVL="1", CONDA_PREFIX="/c"), "wrong").remedy.endswith("conda deactivate")


def test_what_costs_the_fast_path(looked, case):
    assert only(fastpath.records, case(), "ok").said == "1 of 1 records answer in this shell"
    assert states(fastpath.records, case(active=True)) == {"ok"}
    found = only(fastpath.records, case(SCIPY_BUNDLE="", PYTHONPATH="/elsewhere"), "note")
    assert "another starting point: PYTHONPATH" in found.said
    with copied(looked) as (generation, there):
        record = json.loads((generation / "vsc-venv.json").read_text())
        record["inputs"][0]["content"] = "--index-url https://****@example.org/simple\n"
        (generation / "vsc-venv.json").write_text(json.dumps(record))
        said = [one.said for one in fastpath.records(case(**there))]
        assert "no activation can be recorded: requirements.txt holds a password" in said
