"""A modules file is understood as people write it, and never run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vscvenv.errors import InputError
from vscvenv.reading.inputs import Input
from vscvenv.reading.modulelist import EMPTY, describe_change, parse

FILE = Path("/project/modules.txt")
BUNDLE = "SciPy-bundle/2023.07-gfbf-2023a"


def steps(text, environ=None):
    content = text if isinstance(text, bytes) else text.encode()
    return [(step.kind, *step.names) for step in parse(Input(FILE, content), environ or {}).steps]


@pytest.mark.parametrize(
    "text",
    [
        f"{BUNDLE}\nPillow/10.0.0",
        f"{BUNDLE} Pillow/10.0.0\n",
        f"# ours\n\n  {BUNDLE}\t# main\n\tPillow/10.0.0\n",
        f"{BUNDLE}\r\n\r\nPillow/10.0.0\r\n",
        f"\ufeff{BUNDLE}\nPillow/10.0.0",
        f"module load {BUNDLE}\nmodule add Pillow/10.0.0",
        f"ml {BUNDLE}\nml load Pillow/10.0.0",
        f"- {BUNDLE}\n-Pillow/10.0.0",
        f"load {BUNDLE}\n- load Pillow/10.0.0",
        f"module load {BUNDLE} \\\n    Pillow/10.0.0",
        f"#!/bin/bash -l\nmodule purge\nmodule -q load {BUNDLE} Pillow/10.0.0 > /dev/null 2>&1",
        f"ml purge\nml -q {BUNDLE} Pillow/10.0.0 2>/dev/null",
        f"module --force purge\nml {BUNDLE} X/1 &> $LOG\nml -X Pillow/10.0.0 >& x",
        f"module load {BUNDLE}/wrong\nmodule swap {BUNDLE}/wrong {BUNDLE}\nml Pillow/10.0.0",
    ],
)
def test_the_ways_people_write_two_modules(text):
    assert parse(Input(FILE, text.encode()), {}).names == (BUNDLE, "Pillow/10.0.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ml A -B C", [("load", "A"), ("unload", "B"), ("load", "C")]),
        ("module unload A\nmodule rm B", [("unload", "A"), ("unload", "B")]),
        ("module swap A B\nml switch C", [("swap", "A", "B"), ("swap", "C")]),
        ("module purge", [("purge",)]),
        ("module purge --force", [("purge",)]),
        ("module use -a mods\nunuse /x", [("use", "--append", "/project/mods"), ("unuse", "/x")]),
        ("module list\nml\nml av\nmodule", []),
        (
            "intel-compilers/2023.1.0 foo@1.2%gcc:=x a+b~c",
            [("load", "intel-compilers/2023.1.0", "foo@1.2%gcc:=x", "a+b~c")],
        ),
        ("", []),
        ("# nothing", []),
    ],
)
def test_pasted_commands(text, expected):
    assert steps(text) == expected


def test_variables_of_directories_come_from_the_environment_given():
    environ = {"VSC_DATA": "/data/with space", "HOME": "/home/me"}
    assert steps("module use $VSC_DATA/mods ${VSC_DATA}/x ~/m", environ) == [
        ("use", "/data/with space/mods", "/data/with space/x", "/home/me/m")
    ]
    with pytest.raises(InputError, match=r"/project/modules.txt:2: \$VSC_DATA is not set"):
        steps("\nmodule use $VSC_DATA/mods")


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("module load A; rm -rf x", "one command a line"),
        ("module load A && module load B", "one command a line"),
        ("module load A | cat", "one command a line"),
        ("module list && touch x", "one command a line"),
        ("module load $(cat list)", "full name"),
        ("`cat list`", "full name"),
        ("$MODULES", "full name"),
        ("module use $(touch x)", "full name"),
        ('module load "A"', "quotes"),
        ("SciPy-bundle/*", "Patterns"),
        ("matplotlib/3.7.2 (D)", "avail"),
        ("numpy>=1.2", "--requirements"),
        ("beautifulsoup4==4.12.3", "--requirements"),
        ("A < list", "redirection"),
        ("A -B", ""),
        ("module load -B", ""),
        ("module purge A", ""),
        ("module load", ""),
        ("module swap A B C", ""),
        ("module restore mine", "module list"),
        ("module frobnicate A", "Known are"),
        ("source setup.sh", "other commands"),
        ("FOO=bar", "other commands"),
        ("SciPy-bündel/1", "letters"),
        ("-", ""),
    ],
)
def test_what_is_no_list_is_refused_with_place_and_remedy(line, remedy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^/project/modules\.txt:2: ") as raised:
        steps(f"GCC/12\n{line}\n")
    assert remedy in raised.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["module --force purge", "A > /dev/null", "module list", "-A"])
def test_what_is_left_out_or_guessed_is_said(line, capsys):
    steps(f"\n{line}")
    assert "/project/modules.txt:2: " in capsys.readouterr().err


def test_utf_16_is_refused():
    with pytest.raises(InputError, match=r"modules\.txt:1: .*UTF-16"):
        steps("GCC/12".encode("utf-16"))


def test_calls_are_few_and_know_their_lines():
    text = "module purge\nA/1\nB/2\nmodule use /m\nC/3 C/3\nml D -E\nmodule purge\nF\n"
    calls = parse(Input(FILE, text.encode()), {}).calls()
    assert [call.words for call in calls] == [
        ("load", "A/1", "B/2"),
        ("use", "/m"),
        ("load", "C/3", "D"),
        ("unload", "E"),
        ("purge",),
        ("load", "F"),
    ]
    assert calls[0].loads == {"A/1": f"{FILE}:2", "B/2": f"{FILE}:3"}
    assert calls[1].where == f"{FILE}:4"
    assert list(calls[1].loads) == list(calls[3].loads) == []
    assert parse(Input(FILE, b"module swap A B"), {}).calls()[0].loads == {"B": f"{FILE}:1"}


def test_names_follow_the_steps():
    assert parse(Input(FILE, b"A/1 B/1 A/1\nml -A C\nmodule purge\nD\n"), {}).names == ("D",)
    assert parse(Input(FILE, b"A/1 AB/1\nml -A C"), {}).names == ("AB/1", "C")
    assert EMPTY.names == EMPTY.calls() == ()


def test_change_is_described():
    old = b"SciPy-bundle/2023.07\nzlib/1\nmodule use $X/a"
    new = b"ml SciPy-bundle/2023.11 Pillow/10.0.0 GCC\nmodule use $X/a"
    assert describe_change(FILE, old, new) == (
        "modules.txt changed: +Pillow/10.0.0, +GCC, SciPy-bundle 2023.07 → 2023.11, -zlib"
    )
    assert describe_change(FILE, b"A/1 # x", b"A/1") == "modules.txt changed: comments, order or layout"


PIECES = re.findall(
    r"\S+", "; & && | $( ) ` ' \" > >> 2>&1 \\ # - -- { } * ~ ! = @ module ml load use swap purge list A/1 $HOME é"
)
LINES = st.lists(st.sampled_from([*PIECES, " ", "\n", "\r\n", "\t", "\0"]))


def outcome(content):
    """Return what was parsed, or the error."""
    try:
        return parse(Input(FILE, content), {"HOME": "/home/me"})
    except InputError as problem:
        return problem


@given(st.one_of(st.binary(max_size=60), st.builds(str.join, st.sampled_from(["", " "]), LINES).map(str.encode)))
@example(b"- > x")
@example(b"- module")
def test_anything_is_a_list_or_an_error_that_names_the_file(content):
    found = outcome(content)
    if isinstance(found, InputError):
        assert found.message.startswith(f"{FILE}:")
        assert found.hint
        return
    assert all(not set(name) & set(";&|`$<>()\"'*? ") for step in found.steps for name in step.names)
    assert describe_change(FILE, content, content).endswith("layout")
    assert set(found.names) <= {name for call in found.calls() for name in call.loads}
