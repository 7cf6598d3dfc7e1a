"""What is in an environment, and why: `freeze`, `diff`, `tree`, `why`."""

from __future__ import annotations

import re
import shutil

import pytest

from driving import CLONE
from looking import look
from vscvenv import process

BUNDLE = "SciPy-bundle/2023.07-gfbf-2023a"


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    return look(tmp_path_factory.mktemp("explain"))


@pytest.fixture(params=["at login", "active"])
def shell(request, looked):
    """The variables of a shell: the environment is looked into as recorded, or as it is."""
    return looked.environ if request.param == "at login" else looked.active


def test_why_of_what_was_installed_over_a_module(looked, shell):
    found = looked.json("why", "NumPy", **shell)
    assert (found["name"], found["version"]) == ("numpy", "1.26.4")
    assert found["origin"] == {"kind": "environment", "name": ""}
    assert found["files"]["numpy"][0].startswith(str(looked.store("RHEL8-zen2") / "1" / "lib"))
    assert found["shadows"] == [{"version": "1.25.1", "origin": {"kind": "module", "name": BUNDLE}}]
    own, by_pandas = found["required"]
    assert own == [{"name": "numpy", "asked": "numpy==1.26.4", "where": "requirements.txt:4"}]
    assert [need["name"] for need in by_pandas] == ["pandas", "numpy"]
    assert by_pandas[0]["where"] == "requirements.txt:3"


def test_why_of_what_a_module_provides(looked, shell):
    found = looked.json("why", "pandas", **shell)
    assert found["origin"] == {"kind": "module", "name": BUNDLE}
    assert f"/{BUNDLE}/" in found["files"]["pandas"][0]
    assert found["shadows"] == []


@pytest.mark.parametrize(("word", "name"), [("PIL", "pillow"), ("pil", "pillow"), ("dateutil.tz", "python-dateutil")])
def test_why_of_a_name_that_is_imported(looked, word, name):
    assert looked.json("why", word)["name"] == name


def test_why_of_python_itself(looked):
    assert looked.json("why", "sys")["origin"] is None
    assert looked.json("why", "json")["files"]["json"][0].endswith("/json/__init__.py")


def test_why_of_a_file_of_the_users_own(looked, tmp_path):
    (looked.directory / "pandas.py").touch()
    try:
        found = looked.json("why", "pandas")
        assert found["files"]["pandas"] == [str(looked.directory / "pandas.py")]
        assert found["origin"]["kind"] == "own"
        assert {"kind": "module", "name": BUNDLE} in [one["origin"] for one in found["shadows"]]
    finally:
        (looked.directory / "pandas.py").unlink()
    (tmp_path / "json.py").write_text("raise SystemExit('only looked at')\n")
    found = looked.json("why", "json", **{**looked.active, "PYTHONPATH": str(tmp_path)})
    assert found["files"]["json"] == [str(tmp_path / "json.py")]


def test_why_of_nothing(looked):
    said = looked.run("why", "panda", code=1).messages
    assert "nothing is called panda in venv-RHEL8-zen2" in said
    assert "There is: pandas" in said


def test_where_the_modules_were_purged_it_says_what_to_do(looked):
    without = {name: value for name, value in looked.active.items() if name != "LD_LIBRARY_PATH"}
    for words in (("why", "numpy"), ("tree",)):
        ended = process.run((CLONE, *words), env=without, cwd=looked.directory, check=False)
        assert ended.code == 1
        assert "bin/python does not start: libpython not found" in ended.messages
        assert "Enter it by 'source vsc-venv --activate'" in ended.messages


def test_why_of_what_python_starts_with(looked):
    """Python 3.11 and later have these frozen: their files are named, and are not imported."""
    for word in ("os", "os.path", "site"):
        found = looked.json("why", word)
        assert found["files"][word.partition(".")[0]][0].endswith(f"/python3.11/{word.partition('.')[0]}.py")
    assert "Python itself" in looked.run("why", "zipimport").output + looked.run("why", "sys").output


def test_why_for_people(looked):
    text = looked.run("why", "numpy").output
    assert re.search(r"^required by +numpy==1.26.4 \(requirements.txt:4\)$", text, re.MULTILINE)
    assert re.search(r"^ +pandas>=1 \(requirements.txt:3\) → numpy>=", text, re.MULTILINE)
    assert re.search(rf"^shadows +1.25.1 from {BUNDLE}$", text, re.MULTILINE)


def test_tree(looked, shell):
    icecream, pandas, numpy = looked.json("tree", **shell)
    assert icecream["where"] == "requirements.txt:2"
    assert {one["origin"] for one in icecream["requires"]} == {"environment"}
    assert (pandas["origin"], numpy["origin"]) == (BUNDLE, "environment")
    assert "python-dateutil" in [one["name"] for one in pandas["requires"]]
    lines = looked.run("tree", "pandas").output.splitlines()
    assert re.match(rf"pandas 2\.0\.3 +{BUNDLE} +pandas$", lines[1])
    assert re.match(r"├── numpy 1\.26\.4 +environment +numpy[<>]", lines[2])
    assert "there is no distribution PIL" in looked.run("tree", "PIL", code=1).messages


def test_tree_names_what_is_missing_and_what_was_installed_by_hand(looked):
    generation = looked.copy("RHEL8-zen3", "RHEL8-zen2")
    packages = next(generation.glob("lib/python3*/site-packages"))
    shutil.rmtree(next(packages.glob("colorama-*.dist-info")))
    added = packages / "byhand-1.0.dist-info"
    added.mkdir()
    (added / "METADATA").write_text("Metadata-Version: 2.1\nName: byhand\nVersion: 1.0\nRequires-Dist: icecream\n")
    icecream, *_, by_hand = looked.json("tree", "--label", "zen3")
    assert {"colorama": None}.items() <= {one["name"]: one["version"] for one in icecream["requires"]}.items()
    assert (by_hand["name"], by_hand["where"]) == ("byhand", "installed by hand")
    assert by_hand["requires"][0]["repeated"]
    assert "colorama (missing)" in looked.run("tree", "--label", "zen3").output
    looked.run("remove", "RHEL8-zen3")


def test_diff(looked):
    found = looked.json("diff", "zen2", "haswell")
    assert found["python"][0] == "3.11.7"
    assert found["modules"]["SciPy-bundle"] == [BUNDLE, None]
    assert found["distributions"]["toolz"] == [None, "0.12.0"]
    assert found["distributions"]["numpy"][0] == "1.26.4"
    assert found["distributions"]["pandas"][0] == "2.0.3 (provided)"
    lines = looked.run("diff", "zen2", "haswell").output.splitlines()
    assert lines[0].split() == ["RHEL8-zen2", "RHEL8-haswell"]
    assert ["module", "SciPy-bundle", BUNDLE, "-"] in [line.split() for line in lines]
    assert (
        looked.run("diff", "zen2", "RHEL8-zen2").output
        == "RHEL8-zen2 and RHEL8-zen2 have the same Python, modules and distributions\n"
    )
    assert "several environments" in looked.run("diff", "RHEL8", "zen2", code=2).messages


def test_freeze(looked):
    lines = looked.run("freeze").output.splitlines()
    at = lines.index("# provided by modules and the base Python:")
    assert {"icecream==2.1.3", "numpy==1.26.4"} <= set(lines[:at])
    assert f"# pandas==2.0.3  # {BUNDLE}" in lines[at:]
    assert not [line for line in lines[at:] if "numpy==" in line]
    everything = looked.run("freeze", "--all").output.splitlines()
    assert f"pandas==2.0.3  # {BUNDLE}" in everything
    assert looked.json("freeze", "--label", "haswell")["installed"] == ["toolz==0.12.0"]


def test_freeze_has_lines_that_work_elsewhere(looked, tmp_path):
    generation = looked.copy("RHEL8-zen3")
    packages = next(generation.glob("lib/python3*/site-packages"))
    (looked.directory / "lib").mkdir()
    places = {
        "gone": "file:///dev/shm/vsc10001/gone-1.0",
        "here": (looked.directory / "lib").as_uri(),
        "outside": tmp_path.as_uri(),
        "web": "https://user:secret@example.org/web-1.0.tar.gz",
    }
    for name, url in places.items():
        (packages / f"{name}-1.0.dist-info").mkdir()
        (packages / f"{name}-1.0.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (packages / f"{name}-1.0.dist-info/direct_url.json").write_text(f'{{"url": "{url}"}}')
    ran = looked.run("freeze", "--label", "zen3")
    assert ran.output.splitlines()[:5] == [
        "gone==1.0",
        "./lib",
        f"outside @ {tmp_path.as_uri()}",
        "toolz==0.12.0",
        "web @ https://example.org/web-1.0.tar.gz",
    ]
    assert f"of no use elsewhere: outside @ {tmp_path.as_uri()}\n" in ran.messages
    looked.run("remove", "RHEL8-zen3")
    (looked.directory / "lib").rmdir()


def test_what_cannot_be_started_here(looked):
    looked.copy("RHEL8-neoverse_v1")
    said = looked.run("why", "toolz", "--label", "neoverse_v1", code=1).messages
    assert "venv-RHEL8-neoverse_v1 cannot be started here: neoverse_v1 is of the aarch64 family" in said
    assert looked.json("freeze", "--label", "neoverse_v1")["installed"] == ["toolz==0.12.0"]
    looked.run("remove", "RHEL8-neoverse_v1")


def test_nothing_of_somebody_elses_is_started(looked):
    looked.venvs.chmod(0o777)
    try:
        assert "can be written by everybody" in looked.run("why", "numpy", code=1).messages
    finally:
        looked.venvs.chmod(0o755)
