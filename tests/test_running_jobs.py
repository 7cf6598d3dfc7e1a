"""An update never changes files under a running job."""

import subprocess

import pytest

from breaking.core import make_project

# Imports one part of a package after the other, each when told to by a line on standard input.
JOB = """
import importlib, sys
print("started", flush=True)
for line in sys.stdin:
    print(importlib.import_module(line.strip()).__version__, flush=True)
import subprocess
print(subprocess.check_output([sys.executable, "-c", "import thing; print(thing.__version__)"], text=True), end="")
"""


@pytest.mark.parametrize("python", ["link", "generation"])
def test_a_job_goes_on_importing_what_it_began_with(tmp_path, python):
    project = make_project(tmp_path, tmp_path / "home")
    assert project.prepare()[0] == 0
    (link,) = (tmp_path / "venvs").glob("venv-*")
    place = link if python == "link" else link.resolve()
    job = subprocess.Popen(
        [place / "bin/python", "-c", JOB],
        env={"PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert job.stdout.readline() == "started\n"
    project.require("2.0")
    assert project.prepare()[0] == 0
    assert project.version() == "2.0"
    assert job.communicate("thing\n")[0] == "1.0\n1.0\n"


def test_a_part_that_did_not_change_is_kept_on_disk_once(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    assert project.prepare()[0] == 0
    code, said = project.run("prepare", "-r", "requirements.txt", "--recreate")
    assert code == 0, said
    first, second = (project.label_home / name / "lib" for name in ("1", "2"))
    (one,), (other,) = first.glob("*/site-packages/thing.py"), second.glob("*/site-packages/thing.py")
    assert one.samefile(other)


def test_superseded_generations_go_when_asked(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    for version in ("1.0", "2.0"):
        project.require(version)
        assert project.prepare()[0] == 0
    assert project.complete() == ["1", "2"]
    code, said = project.run("clean")
    assert (code, "removed 1\n" in said) == (0, True)
    assert project.complete() == ["2"]
    assert project.version() == "2.0"
    assert "removed nothing" in project.run("clean")[1]
