"""A build that is ended leaves nothing that is taken for an environment, and the next attempt works."""

import random
import signal

import pytest

from breaking.core import End, make_project
from breaking.killing import ASKING, count_steps, end_at_random, end_at_step, recover


@pytest.mark.parametrize("number", [signal.SIGKILL, *ASKING], ids=lambda number: number.name)
def test_ended_at_steps_all_along_a_build(tmp_path, number):
    project = make_project(tmp_path, tmp_path / "home")
    steps = count_steps(project)
    for step in range(1 + number, steps, steps // 4):
        end_at_step(project, End(step, number))


@pytest.mark.parametrize("number", [signal.SIGKILL, *ASKING], ids=lambda number: number.name)
def test_ended_with_all_it_started_at_random_times(tmp_path, number):
    project = make_project(tmp_path, tmp_path / "home")
    count_steps(project)
    chance = random.Random(20261121)
    for _ in range(2):
        end_at_random(project, chance, 1.0, number)


@pytest.mark.parametrize("number", ASKING, ids=lambda number: number.name)
def test_ended_when_all_is_installed_and_nothing_recorded(tmp_path, number):
    project = make_project(tmp_path, tmp_path / "home")
    count_steps(project)
    end_at_step(project, End("record.py:save", number))


def test_killed_before_there_is_any_environment(tmp_path):
    steps = count_steps(make_project(tmp_path, tmp_path / "home"))
    for number, step in enumerate(range(steps // 3, steps, steps // 4)):
        directory = tmp_path / str(number)
        directory.mkdir()
        project = make_project(directory, tmp_path / "home")
        code, _ = project.prepare(End(step))
        assert code in {-9, 0}
        recover(project, "1.0")
