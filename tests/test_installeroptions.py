"""The installer's options on the command line, from end to end, without a modules tool."""

from __future__ import annotations

import dataclasses
import json

import pytest

from breaking.core import make_project
from engine import index
from testbed import Distribution, Wheels
from vscvenv.engine.options import Options


@pytest.fixture
def project(tmp_path):
    (tmp_path / "home").mkdir()
    return make_project(tmp_path, tmp_path / "home")


@pytest.fixture
def online(project):
    """The project without wheels of its own."""
    kept = {name: value for name, value in project.environ.items() if not name.startswith("PIP_")}
    return dataclasses.replace(project, environ=kept)


def prepare(project, *options):
    code, said = project.run("prepare", "-r", "requirements.txt", *options)
    assert code == 0, said
    return said


def test_each_option_means_what_it_means_to_pip():
    asked = [
        ("--installer", "pip"),
        ("--extra-index-url", "https://one/"),
        ("--extra-index-url", "https://two/"),
        ("--only-binary", ":all:"),
        ("--no-build-isolation", ""),
    ]
    assert Options.of(asked, label="RHEL8-zen2", offline=True) == Options(
        installer="pip",
        extra_index_url=("https://one/", "https://two/"),
        only_binary=(":all:",),
        no_build_isolation=True,
        offline=True,
        label="RHEL8-zen2",
    )


def test_another_option_is_a_reason_to_build_and_is_named(project):
    Wheels(project.directory / "wheels").wheel(Distribution("thing", "3.0rc1"))
    (project.directory / "requirements.txt").write_text("thing\n")
    prepare(project)
    assert project.version() == "2.0"
    assert "options: --pre instead of none" in prepare(project, "--pre")
    assert project.version() == "3.0rc1"
    assert "updating" not in prepare(project, "--pre", "--offline")
    # uv is what installs anyway, and the first environment is still there.
    prepare(project, "--installer", "uv")
    assert project.version() == "2.0"


def test_who_names_no_files_keeps_the_options(project):
    prepare(project, "--installer", "pip")
    code, said = project.run("prepare")
    assert (code, "updating" in said) == (0, False), said


def test_relative_links_are_found_from_where_they_were_typed_and_move_with_the_project(online):
    prepare(online, "--find-links", "wheels")
    record = json.loads((online.label_home / "1/vsc-venv.json").read_text())
    assert record["request"]["options"] == [["--find-links", "wheels"]]


def test_a_password_in_an_index_url_is_used_and_not_kept(online, tmp_path):
    with index(tmp_path / "private", Distribution("thing", "1.0"), user="me:w@rd") as (url, _):
        secret = url.replace("http://", "http://me:w%40rd@")
        prepare(online, "--index-url", secret)
        assert "updating" not in prepare(online, "--index-url", secret.replace("me:", "you:"))
        for file in filter(lambda path: path.is_file(), (tmp_path / "venvs").rglob("*")):
            assert b"w%40rd" not in file.read_bytes(), file
        assert "updating" not in online.run("prepare")[1]
        online.require("2.0")
        refused = [online.run("prepare", "--dry-run"), online.run("prepare")]
    for code, said in refused:
        assert code == 1
        assert "password in http://****@127.0.0.1" in said
        assert ".netrc" in said


def test_installers_that_there_are_not_are_a_usage_error(project):
    assert project.run("prepare", "-r", "requirements.txt", "--installer", "conda")[0] == 2
