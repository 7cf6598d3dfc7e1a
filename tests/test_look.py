"""Looking at environments and taking them away: `list`, `show`, `remove`, `clean`."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import click
import pytest

from driving import CLONE
from looking import look
from vscvenv import lock, process


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    return look(tmp_path_factory.mktemp("look"))


def rows(looked, *words, **more):
    return {one["label"]: one for one in looked.json("list", *words, **more)}


def test_list_says_all_of_each(looked):
    ours, other = (rows(looked)[label] for label in ("RHEL8-zen2", "RHEL8-haswell"))
    assert ours["modules"][-2:] == ["SciPy-bundle/2023.07-gfbf-2023a", "Pillow/10.0.0-GCCcore-12.3.0"]
    assert (ours["fresh"], ours["reasons"], ours["active"], ours["is_of_this_node"]) == (True, [], False, True)
    assert ours["python"] == "3.11.7"
    assert ours["distributions"] >= 2
    assert (other["distributions"], other["modules"], other["is_of_this_node"]) == (1, [], False)
    found = [path for path in looked.store("RHEL8-haswell").rglob("*") if not path.is_dir() or path.is_symlink()]
    assert len(found) < other["files"] < 3 * len(found)
    assert 0 < other["size"] < 50 * 2**20
    assert rows(looked, **looked.active)["RHEL8-zen2"]["active"]
    assert rows(looked, "--no-size")["RHEL8-zen2"]["size"] is None


def test_list_for_people(looked):
    lines = looked.run("list", **looked.active).output.splitlines()
    assert re.fullmatch(r" +label +here +python +modules +distributions +size +files +age +state", lines[0])
    assert re.fullmatch(r"   RHEL8-haswell  perhaps  [\d.]+ +0 +1 +[\d.]+ [KM] +\d+ +\d+ (s|min)  fresh", lines[1])
    assert re.fullmatch(r"\*  RHEL8-zen2 +perhaps  3\.11\.7 .*fresh", lines[2])


def test_who_reads_may_have_had_enough(looked):
    command = f"'{CLONE}' show; echo $? >&2; '{CLONE}' list; echo $? >&2"
    ended = process.run(("bash", "-c", f"{{ {command}; }} | true"), env=looked.environ, cwd=looked.directory)
    assert ended.messages == "141\n141\n"


def on_a_terminal(looked, *words, columns=80, **more):
    """Return what the program prints on a terminal that is ``columns`` wide."""
    ours, theirs = pty.openpty()
    env = {**looked.environ, "TERM": "xterm", "COLUMNS": str(columns), **more}
    with subprocess.Popen([CLONE, *words], cwd=looked.directory, env=env, stdout=theirs, stderr=theirs, stdin=theirs):
        os.close(theirs)
        printed = b""
        while chunk := _read(ours):
            printed += chunk
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the terminal has been hung up
        return b""


def test_colour_goes_to_terminals_and_as_the_variables_say(looked):
    assert "\x1b[" not in looked.run("list").output
    assert "\x1b[32mfresh" in looked.run("list", FORCE_COLOR="1").output
    assert "\x1b[" not in looked.run("list", FORCE_COLOR="1", NO_COLOR="1").output
    assert "\x1b[32mfresh" in on_a_terminal(looked, "list")
    assert "\x1b[" not in on_a_terminal(looked, "list", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(looked, "list", TERM="dumb")
    assert "\x1b[31m" in looked.run("remove", "nothing", code=2, FORCE_COLOR="1").messages


def test_a_narrow_terminal_wraps_the_last_column(looked):
    requirements = looked.directory / "small.txt"
    before = requirements.read_text()
    try:
        requirements.write_text(before + "".join(f"some-long-name-{n}\n" for n in range(9)))
        lines = on_a_terminal(looked, "list", "--no-size", columns=100).splitlines()
        assert max(len(click.unstyle(line)) for line in lines) <= 100
        assert len(lines) > 3
        assert len(looked.run("list", "--no-size").output.splitlines()) == 3, "for grep, a line is a line"
    finally:
        requirements.write_text(before)


def test_why_it_is_not_fresh(looked):
    requirements = looked.directory / "small.txt"
    before = requirements.read_text()
    try:
        requirements.write_text("toolz==0.12.1\n")
        assert rows(looked)["RHEL8-haswell"]["reasons"] == ["small.txt changed: toolz 0.12.0 → 0.12.1"]
        requirements.unlink()
        assert rows(looked)["RHEL8-haswell"]["reasons"] == ["small.txt is gone"]
    finally:
        requirements.write_text(before)


def test_what_is_no_environment_is_listed_as_what_it_is(looked):
    damaged = looked.copy("RHEL8-damaged")
    (damaged / "vsc-venv.json").write_text('{"format": 1, "request": {}}')
    killed = looked.store("RHEL8-killed") / "1"
    killed.mkdir(parents=True)
    (looked.store("RHEL8-failed") / "log").mkdir(parents=True)
    upstream = looked.venvs / "venv-RHEL8-old"
    upstream.mkdir()
    (upstream / "pyvenv.cfg").touch()
    listed = {row.split()[0]: row for row in looked.run("list").output.splitlines()}
    assert "record is damaged" in listed["RHEL8-damaged"]
    assert "a build was killed" in listed["RHEL8-killed"]
    assert "never built" in listed["RHEL8-failed"]
    assert "not made by this program" in listed["venv-RHEL8-old"]
    assert looked.json("show", "RHEL8-damaged")["fresh"] is None
    words = ("RHEL8-damaged", "RHEL8-killed", "RHEL8-failed")
    assert [one["label"] for one in looked.json("remove", *words)] == list(words)
    assert not {*words} & rows(looked).keys()
    assert upstream.exists()


def test_a_build_that_goes_on_is_waited_for_by_nobody_who_looks(looked):
    home = looked.store("RHEL8-building")
    (home / "1").mkdir(parents=True)
    with lock.exclusive(home / "lock", {"SLURM_JOB_ID": "4711"}):
        said = rows(looked)["RHEL8-building"]["problem"]
        assert said.startswith(f"being built by process {os.getpid()} on ")
        assert "job 4711" in said
    assert rows(looked)["RHEL8-building"]["problem"].startswith("a build was killed")
    looked.run("remove", "RHEL8-building")


def test_nothing_is_written_by_looking(looked):
    def everything():
        return {str(path): path.lstat().st_mtime_ns for path in looked.venvs.rglob("*")}

    before = everything()
    for words in (("list",), ("show",), ("show", "haswell", "--json")):
        looked.run(*words)
    assert everything() == before


def test_where_there_is_nothing(looked, tmp_path):
    assert "no environments in" in looked.run("list", "--venvs", tmp_path, code=1).messages
    assert looked.json("list", "--venvs", tmp_path) == []
    for words in (("show",), ("show", "zen2"), ("remove", "RHEL8-zen2"), ("diff", "zen2", "haswell")):
        assert "no environments in" in looked.run(*words, "--venvs", tmp_path, code=1).messages
    assert looked.json("clean", "--venvs", tmp_path) == {}
    assert looked.run("clean", "--venvs", tmp_path).messages == f"vsc-venv: there are no environments in {tmp_path}\n"
    assert not list(tmp_path.iterdir())


def test_from_another_directory_the_active_one_is_meant(looked, tmp_path):
    def run(*words, **more):
        return process.run((CLONE, *words), env={**looked.environ, **more}, cwd=tmp_path, check=False)

    assert f"--venvs '{looked.venvs}'" in run("list", **looked.active).messages
    assert "Make it: source vsc-venv --activate --requirements FILE [--modules FILE]" in run("list").messages
    for words in (("show",), ("why", "numpy"), ("freeze",), ("tree",)):
        assert run(*words, **looked.active).output == looked.run(*words, **looked.active).output
        assert run(*words).code == 1
        assert run(*words, "--venvs", tmp_path / "venvs", **looked.active).code == 1


def test_below_a_project_it_says_where_that_is(looked):
    below = looked.directory / "scripts"
    below.mkdir()
    for words in (("list",), ("show",), ("why", "numpy"), ("remove", "RHEL8-zen2"), ("run", "true"), ("jobscript",)):
        ended = process.run((CLONE, *words), env=looked.environ, cwd=below, check=False)
        assert ended.code == 1
        assert f"There are environments in {looked.venvs}; for those: cd '{looked.directory}'" in ended.messages


def test_what_to_type_names_the_files_that_are_here_and_the_name_that_was_asked_for(looked, tmp_path):
    def said(*words):
        ended = process.run((CLONE, *words), env=looked.environ, cwd=tmp_path, check=False)
        return ended.messages.partition("Make it: source vsc-venv --activate ")[2].strip()

    (tmp_path / "pyproject.toml").touch()
    assert said("show") == "--requirements pyproject.toml [--modules FILE]"
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "modules.txt").touch()
    every = "--requirements requirements.txt --modules modules.txt"
    assert said("show") == said("list") == said("prepare") == every
    assert said("show", "--name", "gpu") == said("prepare", "--name", "gpu") == f"{every} --name gpu"
    for command in ("jobscript", "fetch", "lock"):
        ended = process.run((CLONE, command), env=looked.environ, cwd=tmp_path, check=False)
        assert f"vsc-venv: Name it: {every}\n" in ended.messages
    (tmp_path / "vsc-venv.toml").write_text('requirements = "requirements.txt"\n')
    assert said("freeze") == ""
    assert said("freeze", "--name", "gpu") == "--name gpu"


def test_of_several_that_of_the_name_asked_for_or_configured_is_meant(looked):
    looked.copy("gpu@RHEL8-zen2")
    (looked.venvs / "venv-gpu@RHEL8-zen2").rename(looked.venvs / "gpu-RHEL8-zen2")
    configuration = looked.directory / "vsc-venv.toml"

    def shown(*words, **more):
        return looked.json("show", *words, **more)["label"]

    assert shown() == "RHEL8-zen2"
    assert shown("--name", "gpu") == shown(VSC_VENV_NAME="gpu") == "gpu-RHEL8-zen2"
    assert shown("--name", "gpu", **looked.active) == "gpu-RHEL8-zen2"
    said = looked.run("show", "--name", "tpu", code=1, VSC_VENV_NMAE="tpu").messages
    assert "there is no environment tpu-RHEL8-zen2" in said
    assert (
        "make it: source vsc-venv --activate --requirements requirements.txt --modules modules.txt --name tpu" in said
    )
    assert said.count("VSC_VENV_NMAE") == 1
    configuration.write_text('name = "gpu"\n')
    assert shown() == "gpu-RHEL8-zen2"
    assert shown(**looked.active) == "RHEL8-zen2"
    configuration.unlink()
    looked.run("remove", "gpu-RHEL8-zen2")


def test_show(looked):
    text = looked.run("show", **looked.active).output
    assert re.search(r"^environment +\S.*/venvs/venv-RHEL8-zen2 \(active\)$", text, re.MULTILINE)
    assert re.search(r"^installed +\S", text, re.MULTILINE)
    facts = looked.json("show", "haswell")
    assert facts["installed"] == {"toolz": "0.12.0"}
    assert facts["request"]["requirements"] == ["small.txt"]
    assert list(facts["builds"]) == ["1"]
    assert looked.json("show", "venvs/venv-RHEL8-haswell/")["label"] == "RHEL8-haswell"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "rhel8"), "several environments have that in their names"),
        (("show", "zen9"), "there is no environment zen9"),
        (("remove", "haswell"), "Was RHEL8-haswell meant?"),
        (("remove", "RHEL8-hasvell"), "There are: RHEL8-haswell, RHEL8-zen2"),
        (("remove",), "Missing argument 'LABEL...'"),
    ],
)
def test_what_is_not_there(looked, words, said):
    assert said in looked.run(*words, code=2).messages
    assert {"RHEL8-haswell", "RHEL8-zen2"} <= rows(looked).keys()


def test_remove_takes_nothing_away_that_runs(looked):
    generation = looked.copy("RHEL8-zen3")
    assert "is active in this shell" in looked.run("remove", "RHEL8-zen3", code=1, VIRTUAL_ENV=str(generation)).messages
    with subprocess.Popen([generation / "bin/python", "-c", "input()"], stdin=subprocess.PIPE) as running:
        said = looked.run("remove", "RHEL8-zen3", code=1).messages
        assert f"({running.pid})" in said
        assert "--force" in said
        assert generation.exists()
        running.communicate(b"\n")
    ended = looked.run("remove", "venv-RHEL8-zen3", "RHEL8-zen3")
    assert re.fullmatch(r"venv-RHEL8-zen3: removed [\d.]+ [KM] in \d+ files\n", ended.output)
    left = generation.parent.iterdir() if generation.parent.exists() else []
    assert [one.name for one in left if not one.name.startswith("lock")] == []
    assert not (looked.venvs / "venv-RHEL8-zen3").is_symlink()


def test_clean_names_what_it_removes(looked):
    generation = looked.copy("RHEL8-zen5")
    older = generation.with_name("0")
    subprocess.run(["cp", "-a", generation, older], check=True)
    record = json.loads((older / "vsc-venv.json").read_text())
    (older / "vsc-venv.json").write_text(json.dumps({**record, "generation": str(older)}))
    assert Path(looked.json("show", "zen5")["builds"]["0"]) == older
    assert "venv-RHEL8-zen5: removed 0\n" in looked.run("clean").output
    assert not older.exists()
    looked.run("remove", "RHEL8-zen5")
