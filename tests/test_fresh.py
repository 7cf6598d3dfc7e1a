"""Why a record does not answer, in words; the shells' own judgement is tested in test_never_stale.py."""

import json
import os
import time

import pytest

from vscvenv.fresh import Conditions, observe, why_never
from vscvenv.reading.inputs import Input, read_digest

ENVIRON = {"PWD": "/p", "PATH": "/bin", "MINE": "x", "LMOD_A": "1"}


@pytest.fixture
def files(tmp_path):
    (tmp_path / "generation").mkdir()
    (tmp_path / "venv-x").symlink_to("generation")
    for name in ("requirements.txt", "modulefile", "gone", "generation/record"):
        (tmp_path / name).write_text(name)
    return tmp_path


def look(files, environ=ENVIRON, words=("-a",)):
    return observe(
        words,
        environ,
        names=["PATH", "UNSET"],
        prefixes=["LMOD_"],
        link="venv-x",
        generation=files / "generation",
        inputs=[Input(files / "requirements.txt", b"requirements.txt")],
        files=[str(files / name) for name in ("modulefile", "gone", "new", "generation/record")],
    )


def test_all_as_it_was(files):
    these = look(files)
    assert these.why_not(ENVIRON, files) == []
    assert Conditions.from_json(json.loads(json.dumps(these.to_json()))) == these


def test_each_difference_is_named(files):
    these = look(files)
    other = {**ENVIRON, "PATH": "/mine:/bin", "UNSET": "", "LMOD_B": "2"}
    assert these.why_not(other, files) == ["another starting point: PATH, UNSET, LMOD_*"]
    (files / "generation/record").unlink()
    assert these.why_not(ENVIRON, files) == [f"gone: {files}/generation/record"]
    (files / "other").mkdir()
    (files / "venv-x").unlink()
    (files / "venv-x").symlink_to("other")
    (files / "requirements.txt").write_text("requirements.TXT")
    os.utime(files / "modulefile", ns=(0, 5))
    (files / "gone").unlink()
    (files / "new").write_text("")
    assert these.why_not({**ENVIRON, "LMOD_A": "2"}, files) == [
        "another starting point: LMOD_A",
        "venv-x is another build",
        f"changed: {files}/requirements.txt, {files}/modulefile",
        f"gone: {files}/gone",
        f"new: {files}/new",
    ]


def test_many_differences_are_not_all_named(files):
    these = observe(
        (), {}, names="ABCDE", prefixes=[], link="venv-x", generation=files / "generation", inputs=[], files=[]
    )
    assert these.why_not(dict.fromkeys("ABCDE", "1"), files) == ["another starting point: A, B, C and 2 more"]


def test_the_same_start(files):
    assert look(files).starts_as(look(files))
    assert not look(files).starts_as(look(files, {**ENVIRON, "PATH": "/mine"}))
    assert not look(files).starts_as(look(files, words=("--activate",)))
    assert not look(files).starts_as(look(files, {**ENVIRON, "LMOD_B": ""}))


def test_what_is_never_kept(files):
    now = time.time_ns()
    (files / "later").write_text("")
    secret = Input(files / "requirements.txt", b"https://me:word@host/x\n")
    assert why_never(look(files), [secret], now) == ["requirements.txt holds a password"]
    typed = look(files, words=("--index-url=https://me:word@host",))
    assert why_never(typed, [], now) == ["a password was typed"]
    os.utime(files / "modulefile", ns=(0, 0))
    later = [f"{files / name} changed meanwhile" for name in ("gone", "modulefile")]
    assert why_never(look(files), [], files.stat().st_ctime_ns - 10**10) == later


def test_an_archive_is_compared_by_its_time(files):
    """Only its digest is kept; a shell could not make one."""
    wheel = files / "a-1-py3-none-any.whl"
    wheel.write_bytes(b"PK\0" * 1000)
    these = observe(
        (),
        {},
        names=[],
        prefixes=[],
        link="venv-x",
        generation=files / "generation",
        inputs=[read_digest(wheel)],
        files=[],
    )
    assert these.inputs == {}
    assert these.why_not({}, files) == []
    os.utime(wheel, ns=(0, 0))
    assert these.why_not({}, files) == [f"changed: {wheel}"]
