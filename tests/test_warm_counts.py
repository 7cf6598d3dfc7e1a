"""A second activation: no process, no Python, nothing written, and a file system call for each thing it compares."""

import pytest

import testbed
from counting import activate, count


def prepared(shell, number):
    (shell.cwd / "requirements.txt").write_text("")
    (shell.cwd / "modules.txt").write_text("\n".join(["Python/3.11.7-GCCcore-12.3.0", *testbed.chain(number)]) + "\n")
    return shell


@pytest.mark.parametrize("number", [1, 20])
def test_nothing_is_started_and_nothing_written(shell, clone, number):
    prepared(shell, number)
    line = activate(clone)
    assert shell.script(line).status == 0
    empty = count(shell, "", ":")
    warm = count(shell, "", line)
    assert (warm.processes, warm.pythons, warm.writes) == (0, 0, ())
    # requirements.txt and modules.txt; each module's file and directory, and those of Python and what it depends on.
    inputs, modulefiles = 2, number + 4
    assert warm.file_calls - empty.file_calls <= 8 * inputs + 9 * modulefiles + 90, warm


def test_leaving_starts_nothing_either(shell, clone):
    prepared(shell, 1)
    line = activate(clone)
    assert shell.script(line).status == 0
    left = count(shell, line, f"source {clone} -d")
    assert (left.processes, left.pythons, left.writes) == (0, 0, ())
