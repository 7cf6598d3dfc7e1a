"""A file is read as it is, and one that cannot be read says where it was looked for and what to do."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscvenv.errors import InputError
from vscvenv.reading.inputs import LIMIT, Input, describe_change, read_digest, read_input, redacted


def read(path, cwd, environ=None):
    return read_input(Path(path), "requirements file", environ or {}, cwd)


def refused(path, cwd, environ=None):
    with pytest.raises(InputError) as raised:
        read(path, cwd, environ)
    assert str(cwd / path) in raised.value.message
    return raised.value


def test_is_read_byte_for_byte_from_the_directory_given(tmp_path):
    (tmp_path / "r.txt").write_bytes(b"\xef\xbb\xbfsix\r\n")
    one = read("r.txt", tmp_path)
    assert one == Input(tmp_path / "r.txt", b"\xef\xbb\xbfsix\r\n")
    assert one.text == "six\r\n"


def test_a_url_is_told_to_be_downloaded(tmp_path):
    with pytest.raises(InputError) as raised:
        read("https://example.org/r.txt", tmp_path)
    assert "curl -LO" in raised.value.hint


def test_a_link_keeps_its_own_path(tmp_path):
    (tmp_path / "real.txt").write_text("six")
    (tmp_path / "r.txt").symlink_to("real.txt")
    assert read("r.txt", tmp_path).path == tmp_path / "r.txt"


def test_dots_go_where_they_lead_nowhere_else(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "r.txt").write_text("outer")
    assert read("../r.txt", tmp_path / "project").path == tmp_path / "r.txt"


def test_dots_behind_a_link_stay(tmp_path):
    (tmp_path / "far/away").mkdir(parents=True)
    (tmp_path / "far/r.txt").write_text("far")
    (tmp_path / "near").symlink_to("far/away")
    assert read("near/../r.txt", tmp_path).content == b"far"


def test_missing_tells_where_and_what_is_near(tmp_path):
    (tmp_path / "requirement.txt").touch()
    problem = refused("requirements.txt", tmp_path)
    assert str(tmp_path / "requirement.txt") in problem.hint


def test_below_a_file_is_missing_too(tmp_path):
    (tmp_path / "f").touch()
    assert "does not exist" in refused("f/requirements.txt", tmp_path).message


def test_dangling_link_says_what_is_gone(tmp_path):
    (tmp_path / "r.txt").symlink_to("/scratch/purged/r.txt")
    assert "/scratch/purged/r.txt" in refused("r.txt", tmp_path).hint


@pytest.mark.parametrize("variable", ["SLURM_SUBMIT_DIR", "PBS_O_WORKDIR"])
@pytest.mark.parametrize("as_given", [Path, lambda name: name])
def test_in_a_job_the_directory_it_was_submitted_in_is_named(tmp_path, variable, as_given):
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    environ = {variable: str(there)}
    path = as_given("r.txt")
    assert f'cd "${variable}"' in refused(path, here, environ).hint
    (there / "r.txt").touch()
    assert f"It is in {there}" in refused(here / path, here, environ).hint


def test_a_file_elsewhere_is_not_looked_for_where_the_job_was_submitted(tmp_path):
    elsewhere = tmp_path / "elsewhere" / "r.txt"
    assert refused(elsewhere, tmp_path / "here", {"SLURM_SUBMIT_DIR": str(tmp_path)}).hint is None


def test_directory_pipe_and_giant_are_refused(tmp_path):
    (tmp_path / "d").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "giant").open("wb") as stream:
        stream.truncate(LIMIT + 1)
    assert "directory" in refused("d", tmp_path).message
    assert "regular" in refused("pipe", tmp_path).message
    assert "10,000,001 bytes" in refused("giant", tmp_path).message


def test_unreadable_gives_the_reason(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    assert "cannot be read: Too many levels" in refused("loop", tmp_path).message
    assert "name too long" in refused("x" * 300, tmp_path).message


def test_zero_byte_in_a_path_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"r\.txt:3"):
        read_input(Path("a\0b"), "constraints file", {}, tmp_path, asked_by="r.txt:3")


def test_binary_is_refused(tmp_path):
    (tmp_path / "a.out").write_bytes(Path("/bin/true").read_bytes())
    assert "not a text file" in refused("a.out", tmp_path).message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_windows_encodings_come_with_the_command_that_mends_them(tmp_path, encoding):
    (tmp_path / "r.txt").write_bytes("six\r\nrich==13.0\r\n".encode(encoding))
    with pytest.raises(InputError, match=r"r\.txt:1:") as raised:
        assert read("r.txt", tmp_path).text
    subprocess.run(["sh", "-c", raised.value.hint.partition(": ")[2]], check=True, cwd=tmp_path)
    assert read("r.txt", tmp_path).text == "six\r\nrich==13.0\r\n"


def test_stray_latin_1_is_read():
    assert Input(Path("/r.txt"), "# für alle\nsix".encode("latin-1")).text == "# für alle\nsix"
    assert not Input(Path("/r.txt"), b"# \xfc").is_utf8


def test_declared_encoding_holds_as_in_pip():
    assert Input(Path("/r.txt"), "#\n# -*- coding: cp1250 -*-\n# ő".encode("cp1250")).text.endswith("ő")
    with pytest.raises(InputError, match=r"/r\.txt:1: .* klingon"):
        assert Input(Path("/r.txt"), b"# coding: klingon").text


def test_a_rotated_password_is_no_change():
    old = Input(Path("/r.txt"), b"-i https://me:old@pypi.example/simple\n")
    new = Input(Path("/r.txt"), b"-i https://me:new@pypi.example/simple\n")
    assert old.fingerprint == new.fingerprint
    assert old.redacted == b"-i https://****@pypi.example/simple\n"
    assert old.fingerprint != Input(Path("/r.txt"), b"-i https://me:new@evil.example/simple\n").fingerprint


@given(st.binary())
def test_redacting_twice_changes_nothing_more(content):
    assert redacted(redacted(content)) == redacted(content)


@given(st.binary(max_size=40))
def test_any_bytes_are_text_or_an_input_error(content):
    with contextlib.suppress(InputError):
        assert isinstance(Input(Path("/x/r.txt"), content).text, str)


def test_digest_knows_the_archive_by_what_is_in_it(tmp_path):
    wheel = tmp_path / "w.whl"
    wheel.write_bytes(b"abc")
    first = read_digest(wheel)
    assert first.content == b"3 bytes, sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
    wheel.write_bytes(b"abd")
    assert read_digest(wheel).fingerprint != first.fingerprint
    with pytest.raises(InputError, match="gone"):
        read_digest(tmp_path / "gone.whl")


def test_change_is_put_in_one_line():
    old = {"numpy": "==1.25", "six": "", "x": "/1"}
    new = {"numpy": "==1.26", "rich": ">=13", "x": "/1"}
    assert describe_change(Path("/p/r.txt"), old, new) == "r.txt changed: +rich>=13, numpy 1.25 → 1.26, -six"
    assert describe_change(Path("/p/r.txt"), old, old) == "r.txt changed: comments, order or layout"
    many = {f"p{number}": "" for number in range(20)}
    assert describe_change(Path("/p/r.txt"), {}, many).endswith("+p7 and 12 more")
