"""What was asked for: kept in a record so that the project may move, and given back as words to type."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vscvenv.request import Manner, Request

HERE = Path("/data/project")
FULL = Request(
    venvs=HERE / "venvs",
    requirements=(HERE / "requirements.txt", HERE / "sub dir/dev.txt", Path("/shared/base.txt")),
    modules=HERE / "modules.txt",
    extras=("plot",),
    groups=("test", "docs"),
    options=(
        ("--index-url", "https://user:secret@index.example/simple"),
        ("--find-links", "/data/project/wheels"),
        ("--find-links", "https://example.org/wheels"),
        ("--pre", ""),
    ),
)


def moved(request, venvs):
    return Request.from_json(json.loads(json.dumps(request.to_json())), venvs)


def test_a_record_keeps_it_but_for_passwords():
    again = moved(FULL, FULL.venvs)
    assert again == replace(FULL, options=FULL.redacted_options)
    assert "secret" not in json.dumps(FULL.to_json())


def test_what_lies_in_the_project_moves_with_it():
    there = moved(FULL, Path("/scratch/renamed/venvs"))
    assert there.requirements == (
        Path("/scratch/renamed/requirements.txt"),
        Path("/scratch/renamed/sub dir/dev.txt"),
        Path("/shared/base.txt"),
    )
    assert there.modules == Path("/scratch/renamed/modules.txt")
    assert [value for name, value in there.options if name == "--find-links"] == [
        "/scratch/renamed/wheels",
        "https://example.org/wheels",
    ]


@pytest.mark.parametrize(
    "request_", [FULL, Request(venvs=HERE / "venvs"), replace(FULL, venvs=Path("/elsewhere/venvs"))]
)
def test_a_record_of_it_gives_the_same_again(request_):
    once = moved(request_, request_.venvs)
    assert moved(once, request_.venvs) == once


def test_the_words_to_type():
    words = FULL.words(HERE)
    assert words[:10] == [
        *("--requirements", "requirements.txt", "--requirements", "sub dir/dev.txt"),
        *("--requirements", "/shared/base.txt", "--modules", "modules.txt", "--extra", "plot"),
    ]
    assert "secret" not in " ".join(words)
    assert words[-1] == "--pre"
    assert FULL.words(Path("/"))[1] == "data/project/requirements.txt"
    assert FULL.words(HERE / "sub dir")[1] == "/data/project/requirements.txt"


def test_what_is_left_open_is_taken_from_the_earlier_one():
    assert Request(venvs=HERE / "venvs").completed_by(FULL) == FULL
    other = Request(venvs=HERE / "venvs", modules=HERE / "other.txt", extras=("more",)).completed_by(FULL)
    assert (other.modules, other.extras) == (HERE / "other.txt", ("more",))
    assert (other.requirements, other.groups) == (FULL.requirements, FULL.groups)


def test_only_what_rebuilds_is_not_plain():
    assert [name for name in Manner.__dataclass_fields__ if not Manner(**{name: True}).is_plain] == [
        "recreate",
        "exact",
    ]
