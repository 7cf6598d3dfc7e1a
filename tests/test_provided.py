from __future__ import annotations

import logging

from engine import module
from testbed import Distribution
from vscvenv.engine.provided import scan


def info(directory, name, **files):
    target = directory / name
    target.mkdir(parents=True)
    for file, text in files.items():
        target.joinpath(file.replace("__", ".")).write_text(text, "utf-8")


def test_a_wheel_is_found_with_what_it_requires(tmp_path):
    wanted = Distribution("Alpha.Beta", "1.0", requires=("numpy>=1",), extras={"x": ("six",)}, scripts={"a": "b:c"})
    found = scan([str(module(tmp_path / "m", wanted))])["alpha-beta"]
    assert (found.version, found.location, found.extras) == ("1.0", str(tmp_path / "m"), ("x",))
    assert found.requires == ("numpy>=1", "six ; extra == 'x'")
    assert "a = b:c" in found.entry_points


def test_an_egg_is_found_in_both_its_forms(tmp_path):
    info(tmp_path, "one-1.egg-info", **{"PKG-INFO": "Name: one\nVersion: 1\n", "requires__txt": "six\n[x]\nattrs\n"})
    (tmp_path / "two-2.egg-info").write_text("Name: two\nVersion: 2\n", "utf-8")
    found = scan([str(tmp_path)])
    assert {name: each.version for name, each in found.items()} == {"one": "1", "two": "2"}
    assert [line.replace('"', "'") for line in found["one"].requires] == ["six", "attrs; extra == 'x'"]


def test_the_first_on_the_path_wins(tmp_path):
    for number in ("1", "2"):
        module(tmp_path / number, Distribution("alpha", number))
    assert scan([str(tmp_path / "2"), str(tmp_path / "1")])["alpha"].version == "2"


def test_unusable_metadata_is_left_out_and_named_in_the_log(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    info(tmp_path, "broken-1.dist-info", METADATA="nothing")
    info(tmp_path, "empty-1.dist-info")
    info(tmp_path, "odd-1.dist-info", METADATA="Name: odd\nVersion: 1.x.y\n")
    info(
        tmp_path,
        "loose-1.dist-info",
        METADATA="Name: loose\nVersion: 1\nRequires-Dist: six\nRequires-Dist: six >= \n",
    )
    (tmp_path / "latin-1.egg-info").write_bytes(b"Name: latin\nVersion: 1\nAuthor: \xe9\n")
    found = scan([str(tmp_path), str(tmp_path / "not there")])
    assert found["loose"].requires == ("six",)
    assert "odd" not in found
    assert "1.x.y" in caplog.text
    assert "six >=" in caplog.text
