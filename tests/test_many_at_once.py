"""One build however many start at once; the others wait, and say for whom."""

import subprocess

from breaking.core import make_project, with_core


def test_many_shells_build_once(tmp_path, clone):
    project = make_project(tmp_path, tmp_path / "home")
    script = f"source {clone} -a -r requirements.txt && python -c 'import thing; print(thing.__version__)'"
    environ = {**project.environ, **with_core(clone)}
    shells = [
        subprocess.Popen(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(20)
    ]
    ended = [(*shell.communicate(), shell.returncode) for shell in shells]
    assert [status for _, _, status in ended] == [0] * 20
    assert [out for out, _, _ in ended] == ["1.0\n"] * 20
    built = [said for _, said, _ in ended if "installed 1" in said]
    waited = [said for _, said, _ in ended if "waiting for" in said]
    assert len(built) == 1
    assert all(said.count("waiting for") == 1 for said in waited)
    assert project.complete() == ["1"]


def test_two_labels_build_side_by_side(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    started = [
        project.__class__(tmp_path, {**project.environ, "VSC_OS_LOCAL": "debian12", "VSC_ARCH_LOCAL": arch}).start(
            "prepare", "-r", "requirements.txt"
        )
        for arch in ("haswell", "x86_64_v3")
    ]
    for process in started:
        _, said = process.communicate()
        assert process.returncode == 0, said
        assert b"waiting for" not in said


def test_an_update_waits_for_a_build_and_is_not_lost(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    first = project.start("prepare", "-r", "requirements.txt")
    other = tmp_path / "other.txt"
    other.write_text("thing==2.0\n")
    second = project.start("prepare", "-r", "other.txt")
    assert (first.wait(), second.wait()) == (0, 0)
    first.communicate()
    second.communicate()
    assert len(project.complete()) == 2
