"""What belongs to somebody else, or what others can write, is refused until the user accepts it."""

import os

import pytest

from breaking.core import make_project

SOMEBODY = 12345


@pytest.fixture
def project(tmp_path):
    made = make_project(tmp_path, tmp_path / "home")
    assert made.prepare()[0] == 0
    return made


def test_what_belongs_to_somebody_else_is_refused_until_accepted(project):
    os.chown(project.label_home, SOMEBODY, SOMEBODY)
    code, said = project.prepare()
    assert code == 1
    assert f"{project.label_home} belongs to user {SOMEBODY}" in said
    assert f"vsc-venv trust '{project.directory}/venvs'" in said
    assert project.run("trust", str(project.directory))[0] == 0
    assert project.prepare()[0] == 0


@pytest.mark.parametrize(("mode", "who"), [(0o777, "everybody"), (0o775, f"the group {SOMEBODY}")])
def test_what_others_can_write_is_refused(project, mode, who):
    os.chown(project.directory / "venvs", os.geteuid(), SOMEBODY)
    (project.directory / "venvs").chmod(mode)
    code, said = project.prepare()
    assert code == 1
    assert f"can be written by {who}" in said


def test_a_record_is_never_writable_by_others(project):
    written = [
        one for one in project.label_home.rglob("*") if one.suffix in {".bash", ".zsh"} or one.name == "vsc-venv.json"
    ]
    assert written
    assert [one for one in written if one.stat().st_mode & 0o022] == []


def test_a_project_made_in_a_shared_directory_is_its_makers(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    shared = project.directory / "venvs"
    shared.mkdir()
    os.chown(shared, os.geteuid(), SOMEBODY)
    shared.chmod(0o2775)
    code, said = project.prepare()
    assert code == 0
    assert said.count("trusted from now on") == 1
    code, said = project.prepare()
    assert code == 0
    assert "trusted" not in said
