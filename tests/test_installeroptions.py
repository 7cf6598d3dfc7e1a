"""The installer's options on the command line, from end to end, without a modules tool."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

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


@pytest.fixture
def uv_toml(online):
    file = Path(online.environ["HOME"]) / ".config/uv/uv.toml"
    file.parent.mkdir(parents=True)
    return file


def test_uvs_own_configuration_holds_but_behind_that_of_pip(online, uv_toml, tmp_path):
    pip_conf = Path(online.environ["HOME"]) / ".config/pip/pip.conf"
    pip_conf.parent.mkdir()
    online.require("1.0")
    (tmp_path / "one").mkdir()
    with index(tmp_path / "one", Distribution("thing", "1.0")) as (url, asked), index(tmp_path / "two") as (other, no):
        uv_toml.write_text(f'[[index]]\nurl = "{url}"\ndefault = true\n')
        prepare(online)
        assert asked
        pip_conf.write_text(f"[global]\nindex-url = {other}\n")
        code, said = online.run("prepare", "--recreate")
        assert (code, bool(no)) == (1, True), said


def test_what_is_led_elsewhere_is_named(online, uv_toml, tmp_path):
    (tmp_path / "requirements.txt").write_text("Thing==1.0\nnever; sys_platform == 'win32'\n")
    uv_toml.write_text(f'find-links = ["{tmp_path}/wheels"]\nno-index = true\n[pip]\ntarget = "{tmp_path}/elsewhere"\n')
    said = prepare(online)
    assert "warning: Thing is asked for and not there" in said
    assert "never" not in said


def test_a_cache_in_the_home_directory_of_a_cluster_is_told_of(project, tmp_path):
    kept = {name: value for name, value in project.environ.items() if name != "XDG_CACHE_HOME"}
    at_home = dataclasses.replace(project, environ=kept)
    assert "downloads" not in prepare(at_home)
    on_cluster = dataclasses.replace(project, environ={**kept, "LOADEDMODULES": "cluster/alpha"})
    assert f"downloads go to {kept['HOME']}/.cache/vsc-venv" in prepare(on_cluster, "--recreate")
    (tmp_path / "scratch").mkdir()
    for variables, options in (({"VSC_SCRATCH": f"{tmp_path}/scratch"}, ()), ({}, ("--cache", f"{tmp_path}/cache"))):
        chosen = dataclasses.replace(on_cluster, environ={**on_cluster.environ, **variables})
        assert "downloads" not in prepare(chosen, "--recreate", *options)


def test_installers_that_there_are_not_are_a_usage_error(project):
    assert project.run("prepare", "-r", "requirements.txt", "--installer", "conda")[0] == 2
