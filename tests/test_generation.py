"""Where environments lie: what is current, what is begun, put aside and pruned."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vscvenv.errors import VscVenvError
from vscvenv.generation import RECORD, Store, require_directory, stores
from vscvenv.look import removing
from vscvenv.reading.inputs import Input
from vscvenv.record import Basis, Record
from vscvenv.request import Request


@pytest.fixture
def store(tmp_path):
    (tmp_path / "project").mkdir()
    return Store(tmp_path / "project" / "venvs", "RHEL8-zen2")


def basis(store, content=b"six\n"):
    file = store.venvs.parent / "requirements.txt"
    return Basis(Request(store.venvs, (file,)), (Input(file, content),), (), {"version": "3.11.7"})


def build(store, content=b"six\n"):
    """Make a generation as a build leaves it, and make it the current one."""
    path = store.begin()
    (path / "bin").mkdir(parents=True)
    (path / "bin/python").touch()
    Record(basis(store, content), path, {}).save(path / RECORD)
    found = next(one for one in store.generations() if one.path == path)
    store.publish(found)
    return found


def test_at_first_there_is_nothing(store):
    assert store.current() is None
    assert list(store.generations()) == []
    assert store.fresh(basis(store)) is None
    assert stores(store.venvs) == []


def test_the_last_one_published_is_current_and_all_stay(store):
    first, second = build(store, b"six\n"), build(store, b"rich\n")
    assert store.current() == second
    assert (store.link.readlink(), store.link.resolve()) == (Path(".vsc-venv/RHEL8-zen2/2"), second.path)
    assert [one.path.name for one in store.generations()] == ["2", "1"]
    assert store.fresh(basis(store, b"six\n")) == first
    assert store.fresh(basis(store, b"click\n")) is None
    assert (store.venvs / ".gitignore").read_text() == "*\n"


def test_the_current_one_goes_first(store):
    first = build(store)
    build(store)
    store.publish(first)
    assert store.fresh(basis(store)).path == first.path


def test_what_a_killed_build_left_is_removed_with_the_next(store):
    done = build(store)
    killed = store.begin()
    (killed / "bin").mkdir(parents=True)
    assert list(store.generations()) == [done]
    assert store.begin() == store.home / "3", "the numbers of killed builds are not used again"
    assert not killed.exists()
    assert done.path.exists()


def test_a_current_one_whose_record_is_damaged_stays_for_who_runs_from_it(store):
    done = build(store)
    (done.path / RECORD).write_text("{")
    assert store.current() is None
    assert store.begin() == store.home / "2"
    assert done.path.exists()


def test_where_the_link_is_gone_or_leads_nowhere_the_newest_tells_what_was_asked_for(store):
    assert store.latest() is None
    older, newer = build(store), build(store, b"six==1\n")
    store.publish(older)
    assert store.latest() == older
    store.link.unlink()
    assert store.latest() == newer
    store.publish(newer)
    (newer.path / RECORD).unlink()
    assert store.latest() == older


@pytest.mark.parametrize("kind", ["directory", "file"])
def test_what_is_not_ours_is_put_aside(store, kind, capsys):
    for suffix in ("", "2"):
        store.venvs.mkdir(exist_ok=True)
        store.link.unlink(missing_ok=True)
        store.link.mkdir() if kind == "directory" else store.link.write_text("mine")
        build(store)
        aside = store.venvs / f"venv-RHEL8-zen2.old{suffix}"
        assert aside.exists()
        assert f"it is now {aside.name}" in capsys.readouterr().err
        assert store.link.is_symlink()


def test_one_that_was_current_again_stays_as_long_as_others(store):
    """As when two branches of a project are worked on in turn: the older build is what jobs started from just now."""
    older, newer = build(store, b"a\n"), build(store, b"b\n")
    for one in (older, newer):
        for name in (RECORD, "superseded"):
            if (one.path / name).exists():
                os.utime(one.path / name, (1, 1))
    store.publish(older)
    store.publish(newer)
    assert store.prune() == []
    assert store.prune(grace=0) == [older.path]


def test_what_another_version_built_stays_for_who_runs_from_it(store):
    other, own = build(store, b"a\n"), build(store, b"b\n")
    record = other.path / RECORD
    record.write_text(record.read_text().replace('"format": 1', '"format": 99'))
    assert list(store.generations()) == [own]
    assert store.begin() == store.home / "3"
    assert store.prune() == []
    assert other.path.exists()
    assert store.prune(grace=0) == [other.path]


def test_what_another_version_made_current_stays_also_when_all_else_is_cleaned(store):
    old, current = build(store, b"a\n"), build(store, b"b\n")
    record = current.path / RECORD
    record.write_text(record.read_text().replace('"format": 1', '"format": 99'))
    assert store.current() is None
    assert removing.clean(store, {}) == [old.path]
    assert current.path.exists()


def test_the_clock_of_a_file_server_may_be_ahead(store):
    old = build(store, b"a\n")
    build(store, b"b\n")
    os.utime(old.path / "superseded", (2**33, 2**33))
    assert store.prune() == []
    assert store.prune(grace=0) == [old.path]


def test_superseded_ones_go_when_nobody_can_run_from_them_any_more(store):
    built = [build(store, content) for content in (b"a\n", b"b\n", b"c\n")]
    days = 24 * 3600.0
    for one, age in zip(built, (10, 1)):
        time = one.path.stat().st_mtime - age * days
        os.utime(one.path / "superseded", (time, time))
    assert store.prune(grace=11 * days) == []
    assert store.prune(grace=9 * days) == [built[0].path], "superseded ten days ago"
    assert store.prune(grace=0) == [built[1].path]
    assert [one.path for one in store.generations()] == [built[2].path]


def test_a_moved_one_answers_until_something_in_it_leads_to_the_old_place(store):
    first = build(store)
    store.venvs.parent.rename(store.venvs.parents[1] / "moved")
    there = Store(store.venvs.parents[1] / "moved/venvs", store.label)
    moved = there.current()
    assert moved.path == there.home / "1"
    assert moved.drift(basis(there)) == []
    script = moved.path / "bin/script"
    script.write_text(f"#!{store.venvs.parent}s/other/python\n")
    assert moved.drift(basis(there)) == [], "another directory whose name begins alike"
    script.write_text(f"#!{first.path}/bin/python\n")
    assert moved.drift(basis(there)) == [
        f"the project was moved here from {store.venvs.parent}, to which script points"
    ]
    script.unlink()
    editable = moved.path / "lib/python3.11/site-packages/__editable__.own.pth"
    editable.parent.mkdir(parents=True)
    editable.write_text(f"{store.venvs.parent}\n")
    assert "to which __editable__.own.pth points" in moved.drift(basis(there))[0]
    editable.unlink()
    moved.settle()
    assert there.current().record.generation == moved.path


def test_without_its_python_it_answers_nothing(store):
    built = build(store)
    (built.path / "bin/python").unlink()
    assert built.drift(basis(store)) == ["its Python None is gone"]


@pytest.mark.parametrize("name", ["a:b", "a\udcff"])
def test_a_place_that_cannot_be_on_path_or_be_named(tmp_path, name):
    with pytest.raises(VscVenvError):
        require_directory(tmp_path / name / "venvs")


def test_a_place_that_is_something_else(tmp_path):
    require_directory(tmp_path)
    require_directory(tmp_path / "not yet")
    (tmp_path / "venvs").write_text("a file")
    with pytest.raises(VscVenvError, match="is not a directory"):
        require_directory(tmp_path / "venvs")
