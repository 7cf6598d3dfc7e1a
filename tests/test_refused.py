"""Full, read-only and forbidden file systems: one clear error, nothing lost."""

import errno
import subprocess

import pytest

import driving
from breaking.core import make_project
from breaking.faults import ERRORS, Faults, library
from breaking.refusing import UNPRIVILEGED, refused, small_disk, without_room


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path, tmp_path / "home")


def test_a_disk_that_fills_up_at_one_step_or_another(project):
    outcomes = [without_room(project, f"size={size}k", "size=4m") for size in (8, 60)]
    assert outcomes[0]


def test_inodes_that_run_out_at_one_step_or_another(project):
    outcomes = [without_room(project, f"size=4m,nr_inodes={count}", "nr_inodes=1000") for count in (3, 30)]
    assert outcomes[0]


def test_a_full_directory_for_temporary_files(tmp_path):
    user = driving.project(tmp_path)
    full = tmp_path / "full"
    with small_disk(full, "size=16k"):
        little = user.shell("bash", "lmod", TMPDIR=str(full)).script(driving.ACTIVATE)
        subprocess.run(["sh", "-c", f"cat /dev/zero >{full}/ballast 2>/dev/null"], check=False)
        none = user.shell("bash", "lmod", TMPDIR=str(full)).script(driving.ACTIVATE)
        assert [one.name for one in full.iterdir()] == ["ballast"]
    for ran in (little, none):
        assert refused(ran.status, ran.stderr)
        assert str(full) in ran.stderr
        assert "or set TMPDIR" in ran.stderr


def test_a_read_only_project_keeps_its_environment(project):
    assert project.prepare()[0] == 0
    with small_disk(project.directory / "elsewhere", "size=1m"):
        venvs = project.directory / "venvs"
        subprocess.run(["mount", "--bind", venvs, venvs], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", venvs], check=True)
        try:
            assert project.prepare()[0] == 0
            project.require("2.0")
            assert refused(*project.prepare())
            assert project.version() == "1.0"
        finally:
            subprocess.run(["umount", venvs], check=True)


@pytest.mark.parametrize("place", ["venvs", "venvs/.vsc-venv", "LABEL", "LABEL/log"])
def test_a_directory_without_permission(project, place):
    assert project.prepare()[0] == 0
    directory = project.directory / place.replace("LABEL", str(project.label_home))
    project.require("2.0")
    directory.chmod(0o555)
    ended = subprocess.run(
        [*UNPRIVILEGED, *project.command("prepare", "-r", "requirements.txt")],
        cwd=project.directory,
        env=dict(project.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    directory.chmod(0o755)
    if ended.returncode != 0:
        assert refused(ended.returncode, ended.stderr)
        assert str(directory) in ended.stderr
        assert project.version() == "1.0"
    assert project.prepare()[0] == 0
    assert project.version() == "2.0"


def test_too_little_room_is_said_before_anything_is_built(project):
    with small_disk(project.directory / "venvs", "size=3m"):
        code, said = project.prepare()
    assert code == 0
    assert said.index("the build may not fit") < said.index("installed 1")


@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
def test_a_file_system_that_refuses_from_one_step_on(project, error):
    assert project.prepare()[0] == 0
    faults = Faults(project, library(project.directory), project.directory / "venvs")
    steps = faults.steps(error)
    assert faults.refuse(error, 1)
    assert faults.refuse(error, steps // 2)


def test_a_home_directory_without_quota(project):
    assert project.prepare()[0] == 0
    faults = Faults(project, library(project.directory), project.directory / "home")
    assert faults.refuse(errno.EDQUOT, faults.steps(errno.EDQUOT) // 2)
